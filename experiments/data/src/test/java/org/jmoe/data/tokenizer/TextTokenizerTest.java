package org.jmoe.data.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.Streams;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.data.formats.Shared;
import org.jmoe.io.DataFormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TextTokenizerTest {
  @ParameterizedTest
  @ValueSource(strings = {"tokenizer_bpe", "tokenizer_wordpiece", "tokenizer_unigram"})
  void agreesWithTheTokenizersLibrary(String name) {
    JsonNode expected = Shared.expected();
    try (TextTokenizer tokenizer = TextTokenizer.open(Shared.fixture(name + ".json").toString())) {
      assertEquals(expected.path(name + "_vocab").asInt(), tokenizer.vocabulary());
      for (JsonNode sample : expected.path(name)) {
        int[] ids = Streams.stream(sample.path("ids")).mapToInt(JsonNode::asInt).toArray();
        assertArrayEquals(ids, tokenizer.encode(sample.path("text").asText(), true));
        assertEquals(sample.path("decoded").asText(), tokenizer.decode(ids));
      }
    }
  }

  @Test
  void bytesAreUtf8WithoutZeros() {
    TextTokenizer bytes = TextTokenizer.open("bytes");
    assertArrayEquals(new int[] {0xC3, 0xA9, 'x'}, bytes.encode("é\0x", true));
    assertEquals("éx", bytes.decode(new int[] {0xC3, 0xA9, 0, 'x'}));
    assertThrows(IllegalArgumentException.class, () -> bytes.decode(new int[] {256}));
  }

  @Test
  void otherJsonIsRejected(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("t.json"), "{\"model\":{}}");
    DataFormatException e =
        assertThrows(DataFormatException.class, () -> TextTokenizer.open(file.toString()));
    assertTrue(e.getMessage().contains("model.vocab"), e.getMessage());
  }
}
