package org.jmoe.data.formats;

import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jmoe.io.DataFormatException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Malformed files found by fuzzers of other Arrow implementations. */
final class MalformedFilesTest {
  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(Shared.path("data/arrow-malformed"))) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void rejectsWithOneSentence(Path file) {
    assertTimeout(
        ofSeconds(2),
        () -> {
          DataFormatException e =
              assertThrows(DataFormatException.class, () -> Collected.read(file));
          String message = e.getMessage();
          assertEquals(1, message.lines().count(), message);
          assertFalse(message.contains("Cannot invoke"), message);
        });
  }
}
