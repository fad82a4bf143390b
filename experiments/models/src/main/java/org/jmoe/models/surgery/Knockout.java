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
 * Ablates single experts. The router is unchanged, and the output of the ablated expert is 0. The
 * model is restored afterwards.
 */
public final class Knockout {
  private static final String OUT = "/experts/out";

  private final LanguageModel model;
  private final Map<String, Parameter> stacks = new TreeMap<>(); // by path of the layer

  /** Creates an ablation of a model whose experts are stored as one stack per layer. */
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
        "The model has no experts that are stored as a stack of feed-forwards; use a model with"
            + " unquantized experts.");
  }

  /** Returns the number of experts of each MoE layer, keyed by the path of the layer, in order. */
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
   * Returns the loss of the model with one expert ablated.
   *
   * @param layer path of an MoE layer
   * @throws IllegalArgumentException if there is no such expert
   */
  public DomainLoss without(String layer, int expert, DataPass pass) {
    Parameter stack = stacks.get(layer);
    int experts = stack == null ? 0 : Math.toIntExact(stack.getShape().get(0));
    if (stack == null || expert < 0 || expert >= experts) {
      throw new IllegalArgumentException(
          "There is no expert %d in %s; layers and their number of experts are %s."
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

  /** Copies to a direct buffer that outlives the array it was read from. */
  private static ByteBuffer copy(ByteBuffer bytes) {
    ByteBuffer copy = ByteBuffer.allocateDirect(bytes.remaining()).order(ByteOrder.nativeOrder());
    return copy.put(bytes).flip();
  }

  private static StridedPart part(NDArray stack, int expert) {
    long[] shape = LongStream.of(stack.getShape().getShape()).toArray();
    return StridedPart.all(shape).slice(expert, 1);
  }
}
