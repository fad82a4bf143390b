package org.jmoe.io;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

  /** A socket stands for devices, which a rename would replace. */
  @Test
  void specialFilesAreNeverReplaced() throws IOException {
    Path special = folder.resolve("socket");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(special));
      assertEquals(
          "The output " + special + " is not a regular file; choose another file.",
          Errors.message(
              IllegalArgumentException.class, () -> AtomicFile.create(special, true).close()));
    }
  }

  @Test
  void inputsAreNeverReplaced() throws IOException {
    Path input = Files.writeString(folder.resolve("input"), "mine");
    Path link = Files.createSymbolicLink(folder.resolve("link"), input);
    for (Path output :
        List.of(input, link, folder.resolve("../" + folder.getFileName() + "/input"))) {
      for (Path read : List.of(input, link, folder)) {
        assertEquals(
            "The output %s exists and is part of the input %s; choose another file."
                .formatted(output, read),
            Errors.message(
                IllegalArgumentException.class,
                () -> Outputs.requireNoInput(output, List.of(read))));
      }
    }
    Outputs.requireNoInput(folder.resolve("new"), List.of(folder));
    Outputs.requireNoInput(input, List.of(folder.resolve("other")));
  }
}
