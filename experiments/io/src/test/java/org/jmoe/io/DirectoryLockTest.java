package org.jmoe.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DirectoryLockTest {
  @TempDir Path folder = Path.of("");

  @Test
  void locksOutOtherWritersOfThisProcess() {
    try (DirectoryLock lock = DirectoryLock.tryLock(folder).orElseThrow()) {
      assertEquals(folder, lock.folder());
      assertTrue(DirectoryLock.tryLock(folder).isEmpty());
    }
    assertFalse(Files.exists(folder.resolve(DirectoryLock.NAME)));
    DirectoryLock.tryLock(folder).orElseThrow().close();
  }

  @Test
  void locksOutOtherProcessesUntilKilled() throws IOException, InterruptedException {
    Path errors = folder.resolve("errors");
    Process child = ChildJvm.start(errors, LockHolder.class, folder.toString());
    try (BufferedReader lines = child.inputReader()) {
      assertEquals("locked", lines.readLine());
      assertTrue(DirectoryLock.tryLock(folder).isEmpty());
      child.toHandle().destroyForcibly();
      child.waitFor();
    }
    DirectoryLock.tryLock(folder).orElseThrow().close();
  }
}
