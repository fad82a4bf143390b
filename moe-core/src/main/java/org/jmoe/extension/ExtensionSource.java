package org.jmoe.extension;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A user's extension file, recorded with a run.
 *
 * @param file name without folders
 * @param sha256 of the content; for a folder, of its files in the order of their paths
 * @param text content of a Java file; null for a jar or a folder
 */
public record ExtensionSource(String file, String sha256, @Nullable String text) {
  /** Describes a jar or a folder. */
  static ExtensionSource of(Path path) {
    Hasher hasher = Hashing.sha256().newHasher();
    try (Stream<Path> files = Files.walk(path)) {
      List<Path> sorted = files.filter(Files::isRegularFile).sorted().toList();
      for (Path file : sorted) {
        hasher.putBytes(Files.readAllBytes(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path, e);
    }
    return new ExtensionSource(name(path), hasher.hash().toString(), null);
  }

  /** Describes a Java file. */
  static ExtensionSource ofText(Path path) {
    try {
      String text = Files.readString(path);
      String digest = Hashing.sha256().hashString(text, StandardCharsets.UTF_8).toString();
      return new ExtensionSource(name(path), digest, text);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path, e);
    }
  }

  private static String name(Path path) {
    return String.valueOf(path.toAbsolutePath().normalize().getFileName());
  }
}
