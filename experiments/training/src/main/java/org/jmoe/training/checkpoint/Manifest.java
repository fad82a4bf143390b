package org.jmoe.training.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Json;
import org.jmoe.io.JsonFiles;

/**
 * Lists the files of a checkpoint. It is written last, so a folder without manifest is incomplete.
 *
 * @param format version of the checkpoint format
 * @param step completed optimizer steps
 * @param files all other files of the folder
 */
public record Manifest(int format, long step, List<ManifestFile> files) {
  /** Name of the manifest file. */
  public static final String NAME = "manifest.json";

  static final int FORMAT = 1;

  private static final long MAX_BYTES = 1 << 20;
  private static final ObjectMapper MAPPER = Json.plain();

  /** Validates version, step and file names. */
  public Manifest {
    Preconditions.checkArgument(
        format == FORMAT,
        "has format version %s, but this version of jmoe reads %s; use the version that wrote it",
        format,
        FORMAT);
    Preconditions.checkArgument(step >= 0, "has the invalid step %s", step);
    files = ImmutableList.copyOf(files);
    Preconditions.checkArgument(
        files.stream().map(ManifestFile::name).distinct().count() == files.size()
            && files.stream().noneMatch(f -> f.name().equals(NAME)),
        "lists a file twice or lists itself");
  }

  /** Returns the manifest as JSON. */
  byte[] json() {
    try {
      return (MAPPER.writeValueAsString(this) + "\n").getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(
          "cannot serialize a manifest of " + files.size() + " files", e);
    }
  }

  /**
   * Reads the manifest of a folder.
   *
   * @throws CheckpointException if it is missing or malformed
   */
  public static Manifest read(Path folder) {
    Path file = folder.resolve(NAME);
    try {
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        throw new CheckpointException(folder + " has no " + NAME + ": writing it was interrupted");
      }
      if (Files.size(file) > MAX_BYTES) {
        throw new CheckpointException(file + " is larger than 1 MiB");
      }
      return JsonFiles.read(file, Manifest.class);
    } catch (DataFormatException e) {
      throw new CheckpointException(e.getMessage().replaceAll("[.]$", ""), e);
    } catch (IOException e) {
      throw new CheckpointException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }
}
