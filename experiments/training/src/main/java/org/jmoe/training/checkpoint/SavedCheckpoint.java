package org.jmoe.training.checkpoint;

import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A folder with a checkpoint's name.
 *
 * @param step that its name states
 * @param folder where it lies
 */
public record SavedCheckpoint(long step, Path folder) {
  /** One of its files. */
  public Path file(String name) {
    return folder.resolve(name);
  }

  /**
   * Checks that all files are there, no others are, and each is what was written.
   *
   * @throws CheckpointException naming the first that is not
   */
  public void verify() {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      throw new CheckpointException(folder + " is no folder");
    }
    Manifest manifest = Manifest.read(folder);
    if (manifest.step() != step) {
      throw new CheckpointException(folder + " holds step " + manifest.step());
    }
    Set<String> described =
        manifest.files().stream()
            .map(ManifestFile::name)
            .collect(Collectors.toCollection(TreeSet::new));
    described.add(Manifest.NAME);
    try (Stream<Path> entries = Files.list(folder)) {
      Set<String> found =
          entries
              .map(e -> e.getFileName().toString())
              .collect(Collectors.toCollection(TreeSet::new));
      if (!found.equals(described)) {
        throw new CheckpointException(folder + " holds " + found + " in place of " + described);
      }
      for (ManifestFile file : manifest.files()) {
        verify(file);
      }
    } catch (IOException e) {
      throw new CheckpointException("cannot read " + folder + ": " + e.getMessage(), e);
    }
  }

  private void verify(ManifestFile described) throws IOException {
    Path file = file(described.name());
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new CheckpointException(file + " is no file of its own");
    }
    if (Files.size(file) != described.bytes()) {
      throw new CheckpointException(
          "%s has %d bytes in place of %d".formatted(file, Files.size(file), described.bytes()));
    }
    String found = MoreFiles.asByteSource(file).hash(Hashing.sha256()).toString();
    if (!found.equals(described.sha256())) {
      throw new CheckpointException(
          "%s has SHA-256 %s in place of %s".formatted(file, found, described.sha256()));
    }
  }
}
