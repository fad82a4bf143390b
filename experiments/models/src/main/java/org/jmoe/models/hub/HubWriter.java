package org.jmoe.models.hub;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jmoe.io.AtomicFile;
import org.jmoe.io.safetensors.Safetensors;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.TensorTarget;
import org.jmoe.tensor.StoredWeights;

/**
 * Writes a model as a folder that Transformers can read. Tensors have the names used on the hub and
 * are written in chunks to a single file or to shards with an index.
 *
 * @param folder existing folder to write to
 * @param arrays the parameters of the model by their jmoe names
 * @param types returns the data type in which a parameter is stored
 * @param shard maximum size of a file in bytes, unless a single tensor is larger
 */
record HubWriter(
    Path folder, Map<String, NDArray> arrays, Function<String, DataType> types, long shard) {
  private static final long CHUNK_BYTES = 64L << 20;

  /** Writes all tensors of a plan and its configuration. */
  void write(HubPlan plan, ObjectNode config) {
    List<List<TensorTarget>> shards = shards(plan.tensors().hub());
    ObjectNode index = JsonNodeFactory.instance.objectNode();
    ObjectNode map = index.putObject("weight_map");
    long total = 0;
    for (int i = 0; i < shards.size(); i++) {
      String name =
          shards.size() == 1
              ? "model.safetensors"
              : "model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size());
      write(folder.resolve(name), shards.get(i));
      for (TensorTarget target : shards.get(i)) {
        map.put(target.name(), name);
        total += bytes(target);
      }
    }
    index.putObject("metadata").put("total_size", total);
    if (shards.size() > 1) {
      write(folder.resolve("model.safetensors.index.json"), index);
    }
    write(folder.resolve("config.json"), config);
  }

  private List<List<TensorTarget>> shards(List<TensorTarget> targets) {
    List<List<TensorTarget>> shards = new ArrayList<>();
    long room = 0;
    for (TensorTarget target : targets) {
      if (shards.isEmpty() || bytes(target) > room) {
        shards.add(new ArrayList<>());
        room = shard;
      }
      shards.get(shards.size() - 1).add(target);
      room -= bytes(target);
    }
    return shards;
  }

  private long bytes(TensorTarget target) {
    return target.part().size() * types.apply(target.parameter()).getNumOfBytes();
  }

  private void write(Path file, List<TensorTarget> targets) {
    Map<String, Safetensors.Entry> entries = new LinkedHashMap<>();
    long at = 0;
    for (TensorTarget target : targets) {
      DataType type = types.apply(target.parameter());
      long end = at + bytes(target);
      entries.put(target.name(), new Safetensors.Entry(type, target.shape(), at, end));
      at = end;
    }
    try (AtomicFile output = AtomicFile.create(file, true)) {
      fully(output.channel(), ByteBuffer.wrap(Safetensors.header(entries, Map.of("format", "pt"))));
      for (TensorTarget target : targets) {
        write(output.channel(), target);
      }
      output.commit();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  private void write(FileChannel channel, TensorTarget target) throws IOException {
    NDArray array = arrays.get(target.parameter());
    if (array == null) {
      throw new IllegalStateException("the model has no parameter " + target.parameter());
    }
    DataType type = types.apply(target.parameter());
    long rows = target.part().sizes().get(0);
    long step = Math.max(1, CHUNK_BYTES / (bytes(target) / rows));
    for (long row = 0; row < rows; row += step) {
      long count = Math.min(step, rows - row);
      fully(channel, StoredWeights.read(array, type, target.part().slice(row, count)));
    }
  }

  private static void fully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static void write(Path file, ObjectNode json) {
    try {
      Files.writeString(file, json.toPrettyString() + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }
}
