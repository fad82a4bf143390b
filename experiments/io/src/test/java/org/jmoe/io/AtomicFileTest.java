package org.jmoe.io;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.testing.Errors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AtomicFileTest {
  @TempDir Path folder = Path.of("");

  @Test
  void filesHaveDefaultPermissions() throws IOException {
    Assumptions.assumeTrue(
        folder.getFileSystem().supportedFileAttributeViews().contains("posix"),
        "skipped: needs POSIX permissions");
    Path plain = Files.createFile(folder.resolve("plain"));
    Path atomic = folder.resolve("atomic");
    try (AtomicFile file = AtomicFile.create(atomic, false)) {
      file.commit();
    }
    assertEquals(Files.getPosixFilePermissions(plain), Files.getPosixFilePermissions(atomic));
  }

  @Test
  void existingFileIsKeptUnlessReplaced() throws IOException {
    Path existing = Files.writeString(folder.resolve("existing"), "mine");
    assertEquals(
        "The output " + existing + " exists; choose another file or replace it with --force.",
        Errors.message(
            IllegalArgumentException.class, () -> AtomicFile.create(existing, false).close()));
    Path dangling = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("none"));
    Errors.message(
        IllegalArgumentException.class, () -> AtomicFile.create(dangling, false).close());
    AtomicFile.create(existing, true).close(); // without commit
    assertEquals("mine", Files.readString(existing));
    try (var left = Files.list(folder)) {
      assertEquals(2, left.count());
    }
  }
}
