package org.jmoe.tensor;

import com.google.common.base.Preconditions;
import com.google.common.primitives.ImmutableLongArray;

/**
 * Some numbers of an array in row-major order: number (i, j, ..) of the part stands at {@code
 * offset + i strides[0] + j strides[1] + ..}. It describes a slice, a transpose or every other
 * column.
 *
 * @param sizes of the part's axes
 * @param strides of the part's axes, in numbers of the array
 * @param offset of the part's first number
 */
public record StridedPart(ImmutableLongArray sizes, ImmutableLongArray strides, long offset) {
  /** Checks that every axis has a stride. */
  public StridedPart {
    Preconditions.checkArgument(
        sizes.length() == strides.length(), "sizes %s need as many strides as %s", sizes, strides);
  }

  /** All of an array of the shape. */
  public static StridedPart all(long... shape) {
    return rows(0, shape);
  }

  /** A part without gaps, from an offset on. */
  public static StridedPart rows(long offset, long... shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= shape[i];
    }
    return of(offset, shape, strides);
  }

  /** A part as given. */
  public static StridedPart of(long offset, long[] sizes, long[] strides) {
    return new StridedPart(
        ImmutableLongArray.copyOf(sizes), ImmutableLongArray.copyOf(strides), offset);
  }

  /** How many numbers it has. */
  public long size() {
    return sizes.stream().reduce(1, Math::multiplyExact);
  }

  /** Entries first to first + count of its first axis. */
  public StridedPart slice(long first, long count) {
    long[] part = sizes.toArray();
    part[0] = count;
    return of(offset + first * strides.get(0), part, strides.toArray());
  }
}
