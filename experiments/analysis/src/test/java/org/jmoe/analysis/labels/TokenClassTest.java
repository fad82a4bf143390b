package org.jmoe.analysis.labels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Optional;
import org.jmoe.data.tokenizer.ByteTokenizer;
import org.junit.jupiter.api.Test;

final class TokenClassTest {
  @Test
  void firstMatchingRuleApplies() {
    assertEquals(TokenClass.SPECIAL, TokenClass.of(""));
    assertEquals(TokenClass.FRAGMENT, TokenClass.of("a\uFFFD"));
    assertEquals(TokenClass.LINE_BREAK, TokenClass.of("  \n"));
    assertEquals(TokenClass.WHITESPACE, TokenClass.of("\t "));
    assertEquals(TokenClass.DIGITS, TokenClass.of(" 42"));
    assertEquals(TokenClass.CAPITALISED, TokenClass.of(" Router"));
    assertEquals(TokenClass.LETTERS, TokenClass.of("gate "));
    assertEquals(TokenClass.LETTERS, TokenClass.of("\u00fcber"));
    assertEquals(TokenClass.PUNCTUATION, TokenClass.of(");\n"));
    assertEquals(TokenClass.MIXED, TokenClass.of(".get"));
    assertEquals("line break", TokenClass.LINE_BREAK.label());
  }

  @Test
  void classifiesAndShowsBytes() {
    TokenTexts texts = TokenTexts.of(new ByteTokenizer());
    assertEquals(Optional.of(TokenClass.SPECIAL), texts.tokenClass(0));
    assertEquals(Optional.of(TokenClass.LETTERS), texts.tokenClass('e'));
    assertEquals(Optional.of(TokenClass.LINE_BREAK), texts.tokenClass('\n'));
    assertEquals(Optional.of(TokenClass.FRAGMENT), texts.tokenClass(0xC3));
    assertEquals(Optional.of(TokenClass.SPECIAL), texts.tokenClass(300));
    assertEquals("\"\\n\"", texts.show('\n'));
    assertEquals("\"\\\"\"", texts.show('"'));
    assertEquals("#195", texts.show(0xC3));
    assertEquals("a\\tb", texts.show(new int[] {'a', '\t', 'b'}));
  }

  @Test
  void showsIdsWithoutTokenizer() {
    TokenTexts texts = TokenTexts.unknown();
    assertFalse(texts.isKnown());
    assertEquals(Optional.empty(), texts.tokenClass(7));
    assertEquals("#7", texts.show(7));
    assertEquals("7 8", texts.show(new int[] {7, 8}));
  }
}
