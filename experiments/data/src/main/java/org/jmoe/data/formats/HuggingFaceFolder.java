package org.jmoe.data.formats;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Json;
import org.jmoe.io.JsonFiles;

/** A folder written by {@code save_to_disk} of Hugging Face datasets. */
public final class HuggingFaceFolder {
  private HuggingFaceFolder() {}

  /** Returns whether a folder was written by {@code save_to_disk}. */
  public static boolean isOne(Path folder) {
    Path state = folder.resolve("state.json"); // other tools write files of this name too
    return !arrows(folder).isEmpty()
        || (Files.isRegularFile(state)
            && new String(Json.bytes(state), StandardCharsets.UTF_8).contains("_data_files"));
  }

  /**
   * Returns the shards in the order of {@code state.json}, or otherwise all {@code
   * data-..-of-..arrow} sorted by name.
   */
  public static List<Path> shards(Path folder) {
    Path state = folder.resolve("state.json");
    List<Path> shards = Files.isRegularFile(state) ? listed(state) : arrows(folder);
    if (shards.isEmpty()) {
      throw new DataFormatException(
          folder, "lists no Arrow files; specify a folder written by save_to_disk");
    }
    return shards;
  }

  private static List<Path> listed(Path state) {
    List<Path> shards = new ArrayList<>();
    for (JsonNode entry : Json.parse(state).path("_data_files")) {
      Path shard = JsonFiles.listed(state, entry.path("filename"));
      if (!Files.isRegularFile(shard)) {
        throw new DataFormatException(
            state,
            "lists the file '%s', which is missing; copy the whole folder"
                .formatted(shard.getFileName()));
      }
      shards.add(shard);
    }
    return shards;
  }

  private static List<Path> arrows(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(Files::isRegularFile)
          .filter(p -> String.valueOf(p.getFileName()).matches("data-\\d+-of-\\d+[.]arrow"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }
}
