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
 * Float16 storage of the large weight matrices for inference: half the memory, and half the bytes
 * read per token. Converting from bfloat16 is lossless for values down to 6e-5; smaller ones are
 * rounded to multiples of 6e-8. Small parameters such as routers and norms stay float32, and
 * matmuls of more than one row are computed in float32. A single row and its result are rounded to
 * 11 bits.
 *
 * <p>The engine's matrix-vector kernel is fast in float16 and slow in bfloat16, and only if each
 * output column is contiguous in memory. Arrays therefore keep the shape (.., D, C) but are views
 * of memory in the order (.., C, D). Token embeddings already have their rows contiguous.
 */
public final class HalfWeights {
  private static final String MATRICES =
      "(.*/)?((experts|shared/expert|feed_forward|attention)/(in|out)"
          + "|attention/(query|query_down|down|up)|output)";
  private static final String EMBEDDING = "(.*/)?embedding";

  private HalfWeights() {}

  /** Returns whether a parameter is stored in float16. */
  public static boolean stores(Parameter parameter) {
    return parameter.getName().matches(MATRICES) || isEmbedding(parameter);
  }

  private static boolean isEmbedding(Parameter parameter) {
    return parameter.getName().matches(EMBEDDING);
  }

  /** Allocates zeros for a parameter in its float16 layout. */
  public static NDArray allocate(Parameter parameter, NDManager owner) {
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
      return Script.instance().call("half_zeros", sizes, like).get(0);
    }
  }

  /**
   * Maps a part of a parameter to its float16 layout.
   *
   * @param part of the parameter in row-major order
   */
  public static StridedPart layout(Parameter parameter, StridedPart part) {
    if (isEmbedding(parameter)) {
      return part;
    }
    Shape shape = parameter.getShape();
    long columns = shape.get(shape.dimension() - 1);
    long rows = shape.get(shape.dimension() - 2);
    long[] strides = part.strides().toArray();
    for (int axis = 0; axis < strides.length; axis++) {
      strides[axis] = transposed(strides[axis], rows, columns);
    }
    return StridedPart.of(
        transposed(part.offset(), rows, columns), part.sizes().toArray(), strides);
  }

  /** Maps an offset within matrices (D, C) to the offset within their transposes. */
  private static long transposed(long distance, long rows, long columns) {
    long matrix = distance / (rows * columns);
    long rest = distance % (rows * columns);
    return matrix * rows * columns + rest % columns * rows + rest / columns;
  }

  /**
   * Checks that no value overflowed to infinity.
   *
   * @param file source of the values
   */
  public static void requireFinite(Parameter parameter, Path file) {
    double largest =
        Script.instance().number("largest", IValue.from((PtNDArray) parameter.getArray()));
    Preconditions.checkArgument(
        !Double.isInfinite(largest),
        "%s: %s has a value above 65504, the float16 maximum; load the weights as float32",
        file,
        parameter.getName());
  }

  /** Converts the weights of an initialised model to float16, one parameter at a time. */
  public static void convert(Block model, NDManager owner) {
    List<Parameter> parameters =
        model.getParameters().values().stream().filter(HalfWeights::stores).toList();
    for (Parameter parameter : parameters) {
      NDArray half = allocate(parameter, owner);
      FusedUpdates.copyAll(List.of(half), List.of(parameter.getArray()));
      parameter.close();
      parameter.setInitializer((manager, shape, type) -> half);
      parameter.freeze(true);
      parameter.initialize(owner, DataType.FLOAT32);
    }
  }
}
