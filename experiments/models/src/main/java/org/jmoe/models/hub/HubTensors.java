package org.jmoe.models.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.JsonFiles;
import org.jmoe.io.safetensors.Safetensors;

/** The tensors of a folder, in a single file or in shards listed by an index. */
final class HubTensors implements AutoCloseable {
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";

  /**
   * Location of a tensor.
   *
   * @param file file that contains it
   * @param tensors the opened file
   * @param entry its entry in the header
   */
  record Located(Path file, Safetensors tensors, Safetensors.Entry entry) {}

  private final Path folder;
  private final List<Safetensors> open = new ArrayList<>();
  private final Map<String, Located> located = new LinkedHashMap<>();

  private HubTensors(Path folder) {
    this.folder = folder;
  }

  /**
   * Opens all files and reads their headers.
   *
   * @throws DataFormatException if a file is missing or malformed or the index is wrong
   */
  static HubTensors open(Path folder) {
    HubTensors tensors = new HubTensors(folder);
    boolean done = false;
    try {
      tensors.readAll();
      done = true;
      return tensors;
    } finally {
      if (!done) {
        tensors.close();
      }
    }
  }

  private void readAll() {
    Path single = folder.resolve(SINGLE);
    Path index = folder.resolve(INDEX);
    if (Files.isRegularFile(single)) {
      read(single);
    } else if (Files.isRegularFile(index)) {
      readShards(index);
    } else {
      throw new DataFormatException(
          folder, "contains neither %s nor %s; copy the weights too".formatted(SINGLE, INDEX));
    }
  }

  private void readShards(Path index) {
    JsonNode map = JsonFiles.parse(index).path("weight_map");
    if (!map.isObject() || map.isEmpty()) {
      throw new DataFormatException(
          index, "has no weight_map from tensors to files; copy the index of the checkpoint");
    }
    Set<Path> shards = new TreeSet<>();
    map.forEach(name -> shards.add(JsonFiles.listed(index, name)));
    for (Path file : shards) {
      String shard = String.valueOf(file.getFileName());
      if (!Files.isRegularFile(file)) {
        String tensor = firstOf(map, shard);
        throw new DataFormatException(
            index,
            "lists the file %s for tensor '%s', but the file is missing; copy it too"
                .formatted(shard, tensor));
      }
      read(file);
    }
    for (Map.Entry<String, JsonNode> entry : map.properties()) {
      Located place = located.get(entry.getKey());
      if (place == null || !place.file().endsWith(entry.getValue().asText())) {
        throw new DataFormatException(
            index,
            ("lists tensor '%s' in %s, which does not contain it; use index and shards of the same"
                    + " checkpoint")
                .formatted(entry.getKey(), entry.getValue().asText()));
      }
    }
  }

  private static String firstOf(JsonNode map, String shard) {
    return map.properties().stream()
        .filter(entry -> entry.getValue().asText().equals(shard))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse("");
  }

  private void read(Path file) {
    Safetensors tensors = Safetensors.open(file);
    open.add(tensors);
    tensors
        .entries()
        .forEach(
            (name, entry) -> {
              Located earlier = located.put(name, new Located(file, tensors, entry));
              if (earlier != null) {
                throw new DataFormatException(
                    file,
                    "contains tensor '%s', which is also in %s; remove one of them"
                        .formatted(name, earlier.file()));
              }
            });
  }

  /** Returns the configuration file and all tensor files, sorted by name. */
  List<Path> files() {
    Set<Path> files = new TreeSet<>();
    located.values().forEach(place -> files.add(place.file()));
    List<Path> all = new ArrayList<>();
    all.add(folder.resolve("config.json"));
    all.addAll(files);
    return all;
  }

  /** Returns the longest axis of any tensor, or the number of tensors if that is larger. */
  long longest() {
    return Math.max(
        located.size(),
        located.values().stream().flatMapToLong(p -> p.entry().shape().stream()).max().orElse(0));
  }

  /** Returns the names of all tensors. */
  Set<String> names() {
    return located.keySet();
  }

  /**
   * Returns the location of a tensor.
   *
   * @throws DataFormatException if no file contains it
   */
  Located find(String name) {
    Located place = located.get(name);
    if (place == null) {
      Path single = folder.resolve(SINGLE);
      throw new DataFormatException(
          Files.isRegularFile(single) ? single : folder.resolve(INDEX),
          ("contains no tensor '%s', which config.json requires; use config.json and weights of the"
                  + " same"
                  + " model")
              .formatted(name));
    }
    return place;
  }

  @Override
  public void close() {
    open.forEach(Safetensors::close);
  }
}
