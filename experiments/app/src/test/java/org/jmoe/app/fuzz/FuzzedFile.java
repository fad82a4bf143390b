package org.jmoe.app.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Temporary file with fuzzed content, alone in a temporary folder. */
final class FuzzedFile {
  interface Parser {
    void parse(Path file) throws IOException;
  }

  private FuzzedFile() {}

  static void in(String name, byte[] data, Parser parser) throws IOException {
    Path folder = Files.createTempDirectory("fuzz");
    Path file = folder.resolve(name);
    try {
      Files.write(file, data);
      parser.parse(file);
    } finally {
      Files.deleteIfExists(file);
      Files.delete(folder);
    }
  }

  /** Requires that a file is parsed, or refused with this exception and a readable sentence. */
  static void parse(
      String name, byte[] data, Class<? extends RuntimeException> refusal, Parser parser)
      throws IOException {
    in(
        name,
        data,
        file -> {
          try {
            parser.parse(file);
          } catch (RuntimeException e) {
            if (!refusal.isInstance(e)) {
              throw e;
            }
            Sentences.require(e, data);
          }
        });
  }
}
