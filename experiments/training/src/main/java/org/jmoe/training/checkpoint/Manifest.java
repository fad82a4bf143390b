package org.jmoe.training.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.JsonFiles;

/**
 * What a checkpoint consists of. Written last: a folder without it is no checkpoint.
 *
 * @param format version of the layout
 * @param step optimizer steps done
 * @param files all other files of the folder
 */
public record Manifest(int format, long step, List<ManifestFile> files) {
  /** Its own name. */
  public static final String NAME = "manifest.json";

  static final int FORMAT = 1;

  private static final long MAX_BYTES = 1 << 20;
  private static final ObjectMapper MAPPER = JsonMapper.builder().build();

  /** Checks version, step and names. */
  public Manifest {
    Preconditions.checkArgument(
        format == FORMAT,
        "is of format %s, this jmoe reads %s; use the jmoe that wrote it",
        format,
        FORMAT);
    Preconditions.checkArgument(step >= 0, "states step %s", step);
    files = ImmutableList.copyOf(files);
    Preconditions.checkArgument(
        files.stream().map(ManifestFile::name).distinct().count() == files.size()
            && files.stream().noneMatch(f -> f.name().equals(NAME)),
        "names a file twice or itself");
  }

  /** As JSON. */
  byte[] json() {
    try {
      return (MAPPER.writeValueAsString(this) + "\n").getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a manifest of " + files.size() + " files", e);
    }
  }

  /**
   * Reads the manifest of a folder.
   *
   * @throws CheckpointException when there is none that can be believed
   */
  public static Manifest read(Path folder) {
    Path file = folder.resolve(NAME);
    try {
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        throw new CheckpointException(folder + " has no " + NAME + ": its writing broke off");
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
