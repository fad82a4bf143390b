package org.jmoe.models.family;

import com.google.common.primitives.ImmutableLongArray;
import java.util.function.UnaryOperator;
import org.jmoe.tensor.StridedPart;

/**
 * Mapping of one tensor of the files to a parameter or a part of it.
 *
 * @param name name of the tensor
 * @param shape shape in the file
 * @param parameter name of the model parameter
 * @param part the part of the parameter that the tensor fills, in the order of the file
 * @param packed whether the tensor is stored as MXFP4 blocks; {@code shape} is then that of the
 *     blocks
 */
public record TensorTarget(
    String name, ImmutableLongArray shape, String parameter, StridedPart part, boolean packed) {
  /** Creates the mapping of an unpacked tensor. */
  public TensorTarget(String name, ImmutableLongArray shape, String parameter, StridedPart part) {
    this(name, shape, parameter, part, false);
  }

  /** Maps a tensor to a whole parameter in the same order. */
  public static TensorTarget same(String name, String parameter, long... shape) {
    return rows(name, parameter, 0, shape);
  }

  /** Maps a tensor to a contiguous part of a parameter. */
  public static TensorTarget rows(String name, String parameter, long offset, long... shape) {
    return new TensorTarget(
        name, ImmutableLongArray.copyOf(shape), parameter, StridedPart.rows(offset, shape));
  }

  /**
   * Maps the weight of a PyTorch {@code Linear}, (outputs, inputs), to columns of a parameter of
   * shape (inputs, width).
   *
   * @param offset position of its first element in the parameter
   * @param outputs rows of the tensor
   * @param inputs columns of the tensor
   * @param width columns of the parameter
   */
  public static TensorTarget transposed(
      String name, String parameter, long offset, long outputs, long inputs, long width) {
    return new TensorTarget(
        name,
        ImmutableLongArray.of(outputs, inputs),
        parameter,
        StridedPart.of(offset, new long[] {outputs, inputs}, new long[] {1, width}));
  }

  /** Returns a copy with another name. */
  TensorTarget renamed(UnaryOperator<String> names) {
    return new TensorTarget(names.apply(name), shape, parameter, part, packed);
  }
}
