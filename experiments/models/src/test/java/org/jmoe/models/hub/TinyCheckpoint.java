package org.jmoe.models.hub;

import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jmoe.io.Json;
import org.jmoe.io.safetensors.Safetensors;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.ModelFamilies;
import org.jmoe.models.family.TensorTarget;

/** Writes checkpoints of random weights without using the code under test. */
public final class TinyCheckpoint {
  private TinyCheckpoint() {}

  /** Writes a configuration and random weights with the names and shapes that it requires. */
  public static Map<String, float[]> write(Path folder, String json, long seed) throws IOException {
    ObjectNode config = (ObjectNode) Json.plain().readTree(json);
    Files.writeString(folder.resolve("config.json"), config.toString());
    HubPlan plan = ModelFamilies.standard().plan(HubConfig.open(folder));
    Random random = new Random(seed);
    Map<String, float[]> weights = new LinkedHashMap<>();
    Map<String, Safetensors.Entry> entries = new LinkedHashMap<>();
    long at = 0;
    for (TensorTarget target : plan.tensors().hub()) {
      float[] numbers = new float[Math.toIntExact(target.part().size())];
      boolean norm = target.name().contains("norm");
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = (float) ((norm ? 1 : 0) + (norm ? 0.1 : 0.3) * random.nextGaussian());
      }
      weights.put(target.name(), numbers);
      long end = at + 4L * numbers.length;
      entries.put(target.name(), new Safetensors.Entry(DataType.FLOAT32, target.shape(), at, end));
      at = end;
    }
    write(folder.resolve("model.safetensors"), entries, List.copyOf(weights.values()));
    return weights;
  }

  public static void write(Path file, Map<String, Safetensors.Entry> entries, List<float[]> data)
      throws IOException {
    byte[] header = Safetensors.header(entries, Map.of());
    int size = data.stream().mapToInt(d -> 4 * d.length).sum();
    ByteBuffer bytes = ByteBuffer.allocate(header.length + size).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(header);
    for (float[] numbers : data) {
      for (float number : numbers) {
        bytes.putFloat(number);
      }
    }
    Files.write(file, bytes.array());
  }

  /** Writes some of the weights to a file, with one axis each unless {@code shapes} differs. */
  static void shard(Path file, Map<String, float[]> weights, Map<String, ImmutableLongArray> shapes)
      throws IOException {
    Map<String, Safetensors.Entry> entries = new LinkedHashMap<>();
    long at = 0;
    for (Map.Entry<String, float[]> weight : weights.entrySet()) {
      long end = at + 4L * weight.getValue().length;
      ImmutableLongArray shape =
          shapes.getOrDefault(weight.getKey(), ImmutableLongArray.of(weight.getValue().length));
      entries.put(weight.getKey(), new Safetensors.Entry(DataType.FLOAT32, shape, at, end));
      at = end;
    }
    write(file, entries, List.copyOf(weights.values()));
  }
}
