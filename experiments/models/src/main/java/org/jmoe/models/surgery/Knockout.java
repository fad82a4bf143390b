package org.jmoe.models.surgery;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import com.google.common.base.Preconditions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jmoe.tensor.StoredWeights;
import org.jmoe.tensor.StridedPart;
import org.jmoe.transformer.LanguageModel;

/**
 * Drops single experts to see what they do: the router chooses as before, and the expert's output
 * is 0. The model is as it was afterwards.
 */
public final class Knockout {
  private static final String OUT = "/experts/out";

  private final LanguageModel model;
  private final Map<String, Parameter> stacks = new TreeMap<>(); // by path of the layer

  /** A study of a model whose experts have an output product each. */
  public Knockout(LanguageModel model) {
    this.model = model;
    model
        .getParameters()
        .values()
        .forEach(
            parameter -> {
              String name = parameter.getName();
              if (name.endsWith(OUT)) {
                stacks.put(name.substring(0, name.length() - OUT.length()), parameter);
              }
            });
    Preconditions.checkArgument(
        !stacks.isEmpty(),
        "The model has no experts to drop, or none that are one stack of feed-forwards.");
  }

  /** Number of experts of each MoE layer, by the layer's path, in the order of the layers. */
  public Map<String, Integer> layers() {
    Map<String, Integer> layers = new LinkedHashMap<>();
    stacks.entrySet().stream()
        .sorted(java.util.Comparator.comparingInt(e -> number(e.getKey())))
        .forEach(e -> layers.put(e.getKey(), Math.toIntExact(e.getValue().getShape().get(0))));
    return layers;
  }

  private static int number(String path) {
    return Integer.parseInt(path.replaceAll(".*layers/(\\d+)/.*", "$1"));
  }

  /**
   * The loss without an expert.
   *
   * @param layer path of an MoE layer
   * @throws IllegalArgumentException when there is no such expert
   */
  public DomainLoss without(String layer, int expert, DataPass pass) {
    Parameter stack = stacks.get(layer);
    int experts = stack == null ? 0 : Math.toIntExact(stack.getShape().get(0));
    if (stack == null || expert < 0 || expert >= experts) {
      throw new IllegalArgumentException(
          "There is no expert %d of %s; layers and their experts are %s."
              .formatted(expert, layer, layers()));
    }
    List<NDArray> outputs = new ArrayList<>();
    outputs.add(stack.getArray());
    model.getParameters().values().stream()
        .filter(parameter -> parameter.getName().equals(layer + OUT + "_bias"))
        .forEach(parameter -> outputs.add(parameter.getArray()));
    List<ByteBuffer> before = new ArrayList<>();
    for (NDArray output : outputs) {
      ByteBuffer kept =
          copy(StoredWeights.read(output, output.getDataType(), part(output, expert)));
      before.add(kept);
    }
    try {
      for (NDArray output : outputs) {
        StridedPart part = part(output, expert);
        int bytes = Math.toIntExact(part.size() * output.getDataType().getNumOfBytes());
        write(output, part, ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder()));
      }
      return DomainLoss.of(pass);
    } finally {
      for (int i = 0; i < outputs.size(); i++) {
        write(outputs.get(i), part(outputs.get(i), expert), Objects.requireNonNull(before.get(i)));
      }
    }
  }

  private static void write(NDArray array, StridedPart part, ByteBuffer bytes) {
    StoredWeights.write(array, bytes, array.getDataType(), part);
  }

  /** Into memory that outlives the array it was read from, and that the engine takes. */
  private static ByteBuffer copy(ByteBuffer bytes) {
    ByteBuffer copy = ByteBuffer.allocateDirect(bytes.remaining()).order(ByteOrder.nativeOrder());
    return copy.put(bytes).flip();
  }

  private static StridedPart part(NDArray stack, int expert) {
    long[] shape = LongStream.of(stack.getShape().getShape()).toArray();
    return StridedPart.all(shape).slice(expert, 1);
  }
}
