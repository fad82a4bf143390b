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
  private NativeFolders own = new NativeFolders(0);

  @BeforeEach
  void onUnixAlone() throws IOException {
    Assumptions.assumeTrue(
        folder.getFileSystem().supportedFileAttributeViews().contains("unix"),
        "skipped: no Unix file modes here");
    own = new NativeFolders(new UnixSystem().getUid());
    mode(folder, "rwx------");
  }

  private static void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  private String refusal(Path path) {
    return Errors.message(
        IllegalStateException.class, () -> own.check(path, "ENGINE_CACHE_DIR", true));
  }

  @Test
  void aFolderOfOnesOwnIsFine() throws IOException {
    Path cache = Files.createDirectories(folder.resolve("cache/pytorch"));
    Files.writeString(cache.resolve("libc10.so"), "");
    own.check(folder.resolve("cache"), "ENGINE_CACHE_DIR", true);
    own.check(folder.resolve("none"), "ENGINE_CACHE_DIR", true);
  }

  @Test
  void whereOthersMayWriteNothingIsLoaded() throws IOException {
    Path cache = Files.createDirectories(folder.resolve("cache/pytorch"));
    Path library = Files.writeString(cache.resolve("libc10.so"), "");
    mode(library, "rw-r--rw-");
    String message = refusal(folder.resolve("cache"));
    assertTrue(message.contains("others may write " + library.toRealPath()), message);
    assertTrue(message.endsWith("set ENGINE_CACHE_DIR to a folder of your own"), message);
    mode(library, "rw-r--r--");
    mode(cache, "rwxrwxrwx");
    assertTrue(refusal(folder.resolve("cache")).contains("others may write"));
    mode(cache, "rwxr-xr-x");
    mode(folder, "rwxrwxrwx"); // whoever may write into a parent may put another in its place
    assertTrue(refusal(folder.resolve("cache")).contains("others may write into"));
  }

  @Test
  void aFolderOfAnotherUserIsRefused() throws IOException {
    Path cache = Files.createDirectories(folder.resolve("cache"));
    long other = ((Number) Files.getAttribute(cache, "unix:uid")).longValue() + 1;
    Assumptions.assumeTrue(isRoot(), "skipped: only root gives files away");
    Files.setAttribute(cache, "unix:uid", (int) other);
    assertTrue(refusal(cache).contains(" belongs to user "), refusal(cache));
  }

  @Test
  void aLibraryThatAnotherUserPlantedIsRefused() throws IOException {
    Assumptions.assumeTrue(isRoot(), "skipped: only root gives files away");
    Path cache = Files.createDirectories(folder.resolve("cache/pytorch"));
    Path planted = Files.writeString(cache.resolve("libc10.so"), "");
    Files.setAttribute(planted, "unix:uid", 12345);
    assertTrue(refusal(folder.resolve("cache")).contains(planted.toRealPath() + " belongs to"));
  }

  private boolean isRoot() {
    return own.uid() == 0;
  }
}
