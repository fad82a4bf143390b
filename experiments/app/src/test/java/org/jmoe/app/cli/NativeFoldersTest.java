package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jmoe.testing.Errors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NativeFoldersTest {
  @TempDir Path folder = Path.of("");
  private NativeFolders folders = new NativeFolders(0);

  @BeforeEach
  void requireUnix() throws IOException {
    Assumptions.assumeTrue(
        folder.getFileSystem().supportedFileAttributeViews().contains("unix"),
        "skipped: no Unix file modes");
    folders = new NativeFolders(new UnixSystem().getUid());
    mode(folder, "rwx------");
  }

  private static void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  private String rejection(Path path) {
    return Errors.message(
        IllegalStateException.class, () -> folders.check(path, "ENGINE_CACHE_DIR", true));
  }

  @Test
  void acceptsFoldersOfTheUser() throws IOException {
    Path cache = Files.createDirectories(folder.resolve("cache/pytorch"));
    Files.writeString(cache.resolve("libc10.so"), "");
    folders.check(folder.resolve("cache"), "ENGINE_CACHE_DIR", true);
    folders.check(folder.resolve("none"), "ENGINE_CACHE_DIR", true);
  }

  @Test
  void rejectsFilesThatOthersMayWrite() throws IOException {
    Path cache = Files.createDirectories(folder.resolve("cache/pytorch"));
    Path library = Files.writeString(cache.resolve("libc10.so"), "");
    mode(library, "rw-r--rw-");
    String message = rejection(folder.resolve("cache"));
    assertTrue(message.contains("others may write " + library.toRealPath()), message);
    assertTrue(message.endsWith("set ENGINE_CACHE_DIR to a folder of your own"), message);
    mode(library, "rw-r--r--");
    mode(cache, "rwxrwxrwx");
    assertTrue(rejection(folder.resolve("cache")).contains("others may write"));
    mode(cache, "rwxr-xr-x");
    mode(folder, "rwxrwxrwx"); // write access to a parent allows replacing the folder
    assertTrue(rejection(folder.resolve("cache")).contains("others may write into"));
  }

  @Test
  void rejectsAFolderOfAnotherUser() throws IOException {
    Path cache = Files.createDirectories(folder.resolve("cache"));
    long other = ((Number) Files.getAttribute(cache, "unix:uid")).longValue() + 1;
    Assumptions.assumeTrue(isRoot(), "skipped: only root can change file owners");
    Files.setAttribute(cache, "unix:uid", (int) other);
    assertTrue(rejection(cache).contains(" belongs to user "), rejection(cache));
  }

  @Test
  void rejectsALibraryOfAnotherUser() throws IOException {
    Assumptions.assumeTrue(isRoot(), "skipped: only root can change file owners");
    Path cache = Files.createDirectories(folder.resolve("cache/pytorch"));
    Path planted = Files.writeString(cache.resolve("libc10.so"), "");
    Files.setAttribute(planted, "unix:uid", 12345);
    assertTrue(rejection(folder.resolve("cache")).contains(planted.toRealPath() + " belongs to"));
  }

  private boolean isRoot() {
    return folders.uid() == 0;
  }
}
