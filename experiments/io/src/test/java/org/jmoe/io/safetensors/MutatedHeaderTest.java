package org.jmoe.io.safetensors;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.primitives.Bytes;
import com.google.common.primitives.Longs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.JsonSweep;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mutates the header of a safetensors file: it is read, or rejected with one sentence. */
final class MutatedHeaderTest {
  private static final String HEADER =
      """
      {"__metadata__": {"format": "pt"},
       "a": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]},
       "b": {"dtype": "F8_E4M3", "shape": [], "data_offsets": [8, 9]}}
      """;
  private static final int DATA = 9;

  @TempDir Path folder = Path.of("");

  @Test
  void headersAreReadOrRejected() throws IOException {
    Path json = folder.resolve("tensors");
    Files.writeString(json, HEADER);
    int count = JsonSweep.of(json, this::open, List.of(DataFormatException.class));
    assertTrue(count > 300, count + "");
  }

  private void open(Path json) {
    Path file = folder.resolve("tensors.safetensors");
    try {
      byte[] header = Files.readAllBytes(json);
      byte[] length = Longs.toByteArray(header.length);
      Bytes.reverse(length);
      Files.write(file, Bytes.concat(length, header, new byte[DATA]));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try (Safetensors opened = Safetensors.open(file)) {
      opened.entries().keySet().forEach(opened::bytes);
    }
  }
}
