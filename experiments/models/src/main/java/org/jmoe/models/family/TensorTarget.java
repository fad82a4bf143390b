package org.jmoe.models.family;

import com.google.common.primitives.ImmutableLongArray;
import org.jmoe.tensor.StridedPart;

/**
 * Where one tensor of the files goes.
 *
 * @param name of the tensor
 * @param shape that it has in the file
 * @param parameter of the model that it is, or is a part of
 * @param part of that parameter, its numbers in the order of the file's
 * @param packed whether the file has them as blocks of MXFP4, of which the shape is
 */
public record TensorTarget(
    String name, ImmutableLongArray shape, String parameter, StridedPart part, boolean packed) {
  /** A tensor of plain numbers. */
  public TensorTarget(String name, ImmutableLongArray shape, String parameter, StridedPart part) {
    this(name, shape, parameter, part, false);
  }

  /** A tensor that is the whole parameter, in the same order. */
  public static TensorTarget same(String name, String parameter, long... shape) {
    return rows(name, parameter, 0, shape);
  }

  /** A tensor whose numbers lie together in the parameter. */
  public static TensorTarget rows(String name, String parameter, long offset, long... shape) {
    return new TensorTarget(
        name, ImmutableLongArray.copyOf(shape), parameter, StridedPart.rows(offset, shape));
  }

  /**
   * A matrix of PyTorch's {@code Linear}, (outputs, inputs), that is columns of ours (inputs,
   * width).
   *
   * @param offset of its first number in the parameter
   * @param outputs rows of the tensor
   * @param inputs columns of the tensor
   * @param width columns of the parameter
   */
  public static TensorTarget turned(
      String name, String parameter, long offset, long outputs, long inputs, long width) {
    return new TensorTarget(
        name,
        ImmutableLongArray.of(outputs, inputs),
        parameter,
        StridedPart.of(offset, new long[] {outputs, inputs}, new long[] {1, width}));
  }
}
