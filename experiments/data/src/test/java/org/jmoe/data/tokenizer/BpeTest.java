package org.jmoe.data.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.io.Resources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Byte-level BPE against experiments/peers/bpe_fixture.py. */
final class BpeTest {
  @TempDir Path folder = Path.of("");

  private static JsonNode fixture() throws IOException {
    return new ObjectMapper()
        .readTree(Resources.toByteArray(Resources.getResource(BpeTest.class, "bpe.json")));
  }

  private static List<String> texts(JsonNode fixture) {
    return StreamSupport.stream(fixture.get("texts").spliterator(), false)
        .map(JsonNode::textValue)
        .toList();
  }

  private static BytePieces pieces(List<String> texts) {
    BytePieces pieces = new BytePieces();
    pieces.add(texts);
    return pieces;
  }

  private static int[] ints(JsonNode array) {
    return IntStream.range(0, array.size()).map(i -> array.get(i).intValue()).toArray();
  }

  /** The second case ends because no pair occurs twice. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void mergesAndIdsEqualHuggingFace(int number) throws IOException {
    JsonNode fixture = fixture();
    JsonNode expected = fixture.get("cases").get(number);
    Bpe bpe = Bpe.train(pieces(texts(fixture)), expected.get("vocabulary").intValue());
    assertEquals(expected.get("tokens").intValue(), bpe.tokens().size());
    JsonNode merges = expected.get("merges");
    for (int i = 0; i < Math.min(merges.size(), bpe.merges().size()); i++) {
      assertEquals(
          new Bpe.Pair(merges.get(i).get(0).intValue(), merges.get(i).get(1).intValue()),
          bpe.merges().get(i),
          "merge " + i);
    }
    assertEquals(merges.size(), bpe.merges().size());
    Path file = folder.resolve("tokenizer.json");
    bpe.write(file, false);
    try (TextTokenizer tokenizer = TextTokenizer.open(file.toString())) {
      assertEquals(bpe.tokens().size(), tokenizer.vocabulary());
      assertEquals(OptionalInt.of(0), tokenizer.separator());
      for (int t = 0; t < fixture.get("texts").size(); t++) {
        String text = fixture.get("texts").get(t).textValue();
        int[] ids = tokenizer.encode(text, false);
        assertArrayEquals(ints(expected.get("encoded").get(t)), ids, text);
        assertEquals(text, tokenizer.decode(ids));
      }
    }
  }

  @Test
  void smallVocabulariesAreRejected() {
    BytePieces none = pieces(List.of());
    assertEquals(257, Bpe.train(none, 257).tokens().size());
    String message =
        assertThrows(IllegalArgumentException.class, () -> Bpe.train(none, 256)).getMessage();
    assertEquals(
        "vocabulary must be at least 257, for the separator and all bytes, not 256", message);
  }
}
