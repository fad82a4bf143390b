package org.jmoe.tensor;

import com.google.common.base.Preconditions;
import com.google.common.primitives.ImmutableLongArray;

/**
 * A strided part of an array in row-major order, such as a slice, a transpose or every other
 * column. Element (i, j, ..) is at {@code offset + i strides[0] + j strides[1] + ..}.
 *
 * @param sizes of the part's axes
 * @param strides of the part's axes, in elements of the array
 * @param offset of the part's first element
 */
public record StridedPart(ImmutableLongArray sizes, ImmutableLongArray strides, long offset) {
  /** Checks that there is one stride per axis. */
  public StridedPart {
    Preconditions.checkArgument(
        sizes.length() == strides.length(),
        "sizes %s and strides %s must have equal length",
        sizes,
        strides);
  }

  /** Returns an entire array of the shape. */
  public static StridedPart all(long... shape) {
    return rows(0, shape);
  }

  /** Returns a contiguous part starting at an offset. */
  public static StridedPart rows(long offset, long... shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= shape[i];
    }
    return of(offset, shape, strides);
  }

  /** Creates a part from arrays. */
  public static StridedPart of(long offset, long[] sizes, long[] strides) {
    return new StridedPart(
        ImmutableLongArray.copyOf(sizes), ImmutableLongArray.copyOf(strides), offset);
  }

  /** Returns the number of elements. */
  public long size() {
    return sizes.stream().reduce(1, Math::multiplyExact);
  }

  /** Returns entries first to first + count of the first axis. */
  public StridedPart slice(long first, long count) {
    long[] part = sizes.toArray();
    part[0] = count;
    return of(offset + first * strides.get(0), part, strides.toArray());
  }
}
