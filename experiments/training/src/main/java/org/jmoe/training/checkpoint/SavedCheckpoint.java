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
 * A folder named like a checkpoint.
 *
 * @param step step number in its name
 * @param folder its path
 */
public record SavedCheckpoint(long step, Path folder) {
  /** Returns the path of one of its files. */
  public Path file(String name) {
    return folder.resolve(name);
  }

  /**
   * Checks that the folder contains exactly the files of its manifest and that their digests match.
   *
   * @throws CheckpointException if it does not
   */
  public void verify() {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      throw new CheckpointException(folder + " is not a folder");
    }
    Manifest manifest = Manifest.read(folder);
    if (manifest.step() != step) {
      throw new CheckpointException(folder + " contains step " + manifest.step());
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
        throw new CheckpointException(folder + " contains " + found + " instead of " + described);
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
      throw new CheckpointException(file + " is not a regular file");
    }
    if (Files.size(file) != described.bytes()) {
      throw new CheckpointException(
          "%s has %d bytes instead of %d".formatted(file, Files.size(file), described.bytes()));
    }
    String found = MoreFiles.asByteSource(file).hash(Hashing.sha256()).toString();
    if (!found.equals(described.sha256())) {
      throw new CheckpointException(
          "%s has SHA-256 %s instead of %s".formatted(file, found, described.sha256()));
    }
  }
}
