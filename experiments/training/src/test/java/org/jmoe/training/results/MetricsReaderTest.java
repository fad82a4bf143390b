package org.jmoe.training.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.io.DataFormatException;
import org.jmoe.testing.Errors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MetricsReaderTest {
  @TempDir Path folder = Path.of("");
  private Path file = Path.of("");
  private MetricsReader reader = new MetricsReader(file);

  @BeforeEach
  void open() {
    file = folder.resolve("metrics.jsonl");
    reader = new MetricsReader(file);
  }

  private static String line(long step) {
    return "{\"kind\":\"step\",\"step\":%d,\"tokens\":%d,\"seconds\":0.5,\"nats\":2.25}\n"
        .formatted(step, step * 64);
  }

  private void write(String text) throws IOException {
    Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private List<Long> read() {
    List<Long> steps = new ArrayList<>();
    reader.read(row -> steps.add(row.step()));
    return steps;
  }

  @Test
  void continuesAfterTheLastLine() throws IOException {
    write(line(1) + line(2).substring(0, 20));
    assertEquals(List.of(1L), read());
    assertEquals(line(1).length(), reader.offset());
    assertEquals(List.of(), read());
    write(line(2).substring(20) + line(3));
    assertFalse(reader.rewound());
    assertEquals(List.of(2L, 3L), read());
    assertEquals(3, reader.lines());
  }

  /** A resumed run truncates the file and appends to it. */
  @Test
  void startsOverAfterTruncation() throws IOException {
    write(line(1) + line(2) + line(3));
    assertEquals(List.of(1L, 2L, 3L), read());
    Files.writeString(file, line(1) + line(20) + line(21) + line(22));
    assertTrue(reader.rewound());
    assertEquals(List.of(1L, 20L, 21L, 22L), read());
  }

  @Test
  void stopsBeforeARow() throws IOException {
    write(line(1) + line(2) + line(3));
    reader.read(row -> row.step() <= 2);
    assertEquals(line(1).length() + line(2).length(), reader.offset());
  }

  @Test
  void omittedValuesAreNull() throws IOException {
    write("{\"kind\":\"evaluation\",\"step\":2,\"tokens\":128,\"seconds\":1}\n");
    reader.read(
        row -> {
          assertNull(row.nats());
          assertTrue(row.losses().isEmpty());
          return row.kind() == MetricsRow.Kind.EVALUATION;
        });
    assertEquals(1, reader.lines());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "17",
        "{\"kind\":\"step\"",
        "{\"kind\":\"step\",\"tokens\":128,\"seconds\":1}",
        "{\"kind\":\"other\",\"step\":2,\"tokens\":128,\"seconds\":1}",
        "{\"step\":2,\"tokens\":128,\"seconds\":1}",
        "{\"kind\":\"step\",\"step\":-2,\"tokens\":128,\"seconds\":1}",
        "{\"kind\":\"step\",\"step\":2,\"tokens\":128,\"seconds\":1,\"losses\":{\"a\":null}}",
        "{\"kind\":\"step\",\"step\":2,\"tokens\":128,\"seconds\":1,\"losses\":[1]}",
        "{\"kind\":\"step\",\"step\":1e400,\"tokens\":128,\"seconds\":1}",
        "\u0000\u0000\u0000\u0000"
      })
  void malformedLinesAreReported(String text) throws IOException {
    write(line(1) + text + "\n" + line(2));
    String message = Errors.message(DataFormatException.class, this::read);
    assertTrue(message.startsWith(file + " line 2 "), message);
    assertTrue(message.endsWith("; remove the line, or move the file away."), message);
    assertFalse(message.contains("jackson") || message.contains("\n"), message);
    assertEquals(1, reader.lines());
  }
}
