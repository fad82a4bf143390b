package org.jmoe.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import com.google.common.base.Preconditions;
import java.nio.file.Path;
import java.util.List;

/**
 * Weights of the large products held in float16, for inference alone: half the memory, and half the
 * bytes that a token reads. Numbers of bfloat16 and float16 lose nothing that float32 sums would
 * show: below 6e-5 they are rounded to multiples of 6e-8. What is small, routers and norms
 * included, stays float32, and so does all that is computed of more than one row; a single row is
 * rounded to 11 bits before its product, its result too.
 *
 * <p>The engine's product of a matrix and a vector is fast in float16 and slow in bfloat16, and
 * only where the numbers of an output lie side by side. So arrays are (.., D, C) as ever, as views
 * of memory in the order (.., C, D); token embeddings, whose rows are the outputs, lie as they are.
 */
public final class HalfWeights {
  private static final String MATRICES =
      "(.*/)?((experts|shared/expert|feed_forward|attention)/(in|out)"
          + "|attention/(query|query_down|down|up)|output)";
  private static final String EMBEDDING = "(.*/)?embedding";

  private HalfWeights() {}

  /** Whether a parameter is one of those that are held so. */
  public static boolean holds(Parameter parameter) {
    return parameter.getName().matches(MATRICES) || isEmbedding(parameter);
  }

  private static boolean isEmbedding(Parameter parameter) {
    return parameter.getName().matches(EMBEDDING);
  }

  /** Room for the numbers of a parameter, at first zeros. */
  public static NDArray room(Parameter parameter, NDManager owner) {
    Shape shape = parameter.getShape();
    if (isEmbedding(parameter)) {
      return owner.zeros(shape, DataType.FLOAT16);
    }
    double[] sizes = new double[shape.dimension()];
    for (int axis = 0; axis < sizes.length; axis++) {
      sizes[axis] = shape.get(axis);
    }
    double columns = sizes[sizes.length - 1];
    sizes[sizes.length - 1] = sizes[sizes.length - 2];
    sizes[sizes.length - 2] = columns;
    try (NDArray like = owner.zeros(new Shape(0))) {
      return Script.instance().call("held_room", sizes, like).get(0);
    }
  }

  /**
   * Where the numbers of a part of a parameter lie in its room.
   *
   * @param part of the parameter, as if its numbers lay in order
   */
  public static StridedPart inRoom(Parameter parameter, StridedPart part) {
    if (isEmbedding(parameter)) {
      return part;
    }
    Shape shape = parameter.getShape();
    long columns = shape.get(shape.dimension() - 1);
    long rows = shape.get(shape.dimension() - 2);
    long[] strides = part.strides().toArray();
    for (int axis = 0; axis < strides.length; axis++) {
      strides[axis] = turned(strides[axis], rows, columns);
    }
    return StridedPart.of(turned(part.offset(), rows, columns), part.sizes().toArray(), strides);
  }

  /** A distance within matrices (D, C) as one within their transposes. */
  private static long turned(long distance, long rows, long columns) {
    long matrix = distance / (rows * columns);
    long rest = distance % (rows * columns);
    return matrix * rows * columns + rest % columns * rows + rest / columns;
  }

  /**
   * Refuses numbers that became infinite on their way.
   *
   * @param file that they came from
   */
  public static void requireFinite(Parameter parameter, Path file) {
    double largest =
        Script.instance().number("largest", IValue.from((PtNDArray) parameter.getArray()));
    Preconditions.checkArgument(
        !Double.isInfinite(largest),
        "%s holds a number of %s that is above 65504, the largest of float16; hold the weights as float32",
        file,
        parameter.getName());
  }

  /** Puts the weights of a model that has been initialised into float16, one after another. */
  public static void hold(Block model, NDManager owner) {
    List<Parameter> parameters =
        model.getParameters().values().stream().filter(HalfWeights::holds).toList();
    for (Parameter parameter : parameters) {
      NDArray room = room(parameter, owner);
      FusedUpdates.copyAll(List.of(room), List.of(parameter.getArray()));
      parameter.close();
      parameter.setInitializer((manager, shape, type) -> room);
      parameter.freeze(true);
      parameter.initialize(owner, DataType.FLOAT32);
    }
  }
}
