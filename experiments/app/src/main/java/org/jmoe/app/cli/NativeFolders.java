package org.jmoe.app.cli;

import ai.djl.util.Utils;
import com.google.common.base.Splitter;
import com.google.common.base.StandardSystemProperty;
import com.sun.security.auth.module.UnixSystem;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Checks, before anything native is loaded, that no other user can replace native libraries: each
 * folder, its parents and the libraries in it must belong to the user or root and must not be
 * writable by others. The group named after the user counts as the user.
 *
 * @param uid of the user
 */
record NativeFolders(long uid) {
  private static final int GROUP_WRITES = 0020;
  private static final int OTHERS_WRITE = 0002;
  private static final int STICKY = 01000;

  private record Owner(long uid, int mode, String user, String group) {
    static Owner of(Path path) throws IOException {
      Map<String, Object> found =
          Files.readAttributes(path, "unix:uid,mode,owner,group", LinkOption.NOFOLLOW_LINKS);
      return new Owner(
          ((Number) Objects.requireNonNull(found.get("uid"))).longValue(),
          ((Number) Objects.requireNonNull(found.get("mode"))).intValue(),
          String.valueOf(found.get("owner")),
          String.valueOf(found.get("group")));
    }

    boolean isOf(long user) {
      return uid == user || uid == 0;
    }

    boolean othersWrite() {
      return (mode & OTHERS_WRITE) != 0 || ((mode & GROUP_WRITES) != 0 && !group.equals(user));
    }
  }

  /**
   * Checks every folder that DJL, JNA and other libraries load from.
   *
   * @throws IllegalStateException naming the folder, the reason and the setting
   */
  static void check() {
    if (!FileSystems.getDefault().supportedFileAttributeViews().contains("unix")) {
      return; // Windows keeps a user's temporary files to the user
    }
    NativeFolders folders = new NativeFolders(new UnixSystem().getUid());
    folders.check(Utils.getEngineCacheDir(), "ENGINE_CACHE_DIR", true);
    String library = Utils.getEnvOrSystemProperty("PYTORCH_LIBRARY_PATH");
    if (library != null && !library.isEmpty()) {
      folders.check(Path.of(library), "PYTORCH_LIBRARY_PATH", true);
    }
    String temporary = StandardSystemProperty.JAVA_IO_TMPDIR.value();
    folders.check(Path.of(temporary == null ? "/tmp" : temporary), "java.io.tmpdir", false);
    for (String property : List.of("jna.tmpdir", "jna.library.path")) {
      String value = System.getProperty(property);
      for (String each :
          Splitter.on(File.pathSeparatorChar)
              .omitEmptyStrings()
              .split(value == null ? "" : value)) {
        folders.check(Path.of(each), property, property.equals("jna.library.path"));
      }
    }
  }

  /**
   * Checks a folder.
   *
   * @param setting that names another
   * @param loads whether files there are loaded by name; else only new ones are made, which a
   *     sticky folder keeps apart
   */
  void check(Path folder, String setting, boolean loads) {
    try {
      Optional<String> fault = fault(folder.toAbsolutePath().normalize(), loads);
      if (fault.isPresent()) {
        throw new IllegalStateException(
            "native libraries are not loaded from %s, as %s; set %s to a folder of your own"
                .formatted(folder, fault.get(), setting));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot check the owner of " + folder, e);
    }
  }

  private Optional<String> fault(Path folder, boolean loads) throws IOException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      if (loads) {
        Files.createDirectories(folder); // ours from now on, or the check below says whose
      } else {
        return Optional.empty();
      }
    }
    Path real = folder.toRealPath();
    @Nullable Path below = null;
    for (Path at = real; at != null; at = at.getParent()) {
      Owner owner = Owner.of(at);
      boolean sticky = (owner.mode() & STICKY) != 0 && (below != null || !loads);
      if (!owner.isOf(uid)) {
        return Optional.of(at + " belongs to user " + owner.user());
      } else if (owner.othersWrite() && !sticky) {
        return Optional.of("others may write into " + at);
      }
      below = at;
    }
    return loads ? within(real) : Optional.empty();
  }

  private Optional<String> within(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Owner owner = Owner.of(file);
        if (!owner.isOf(uid)) {
          return Optional.of(file + " belongs to user " + owner.user());
        } else if (owner.othersWrite() && !Files.isSymbolicLink(file)) {
          return Optional.of("others may write " + file);
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return Optional.empty();
  }
}
