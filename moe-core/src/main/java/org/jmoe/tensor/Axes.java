package org.jmoe.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import com.google.errorprone.annotations.CanIgnoreReturnValue;

/**
 * Shape checks. The axis letters used throughout jmoe:
 *
 * <ul>
 *   <li>B batch, S sequence, T = B * S tokens, D model width, V vocabulary
 *   <li>E experts, K choices per token, C slots per expert, N rows sorted by expert, H hidden width
 * </ul>
 */
public final class Axes {
  private Axes() {}

  /**
   * Returns the array if it has the expected shape.
   *
   * @param what the tensor's name for the error message
   * @param names of the axes, one letter or word each, separated by spaces
   * @param sizes of the axes, -1 for any size
   * @throws IllegalArgumentException with the tensor's name, its expected and its actual shape
   */
  @CanIgnoreReturnValue
  public static NDArray require(NDArray array, String what, String names, long... sizes) {
    Shape found = array.getShape();
    boolean fits = found.dimension() == sizes.length;
    for (int i = 0; fits && i < sizes.length; i++) {
      fits = sizes[i] < 0 || found.get(i) == sizes[i];
    }
    if (!fits) {
      throw new IllegalArgumentException(
          what + " must have shape " + describe(names.split(" ", -1), sizes) + ", not " + found);
    }
    return array;
  }

  private static String describe(String[] names, long[] sizes) {
    StringBuilder text = new StringBuilder("(");
    for (int i = 0; i < sizes.length; i++) {
      text.append(i == 0 ? "" : ", ").append(names[i]);
      if (sizes[i] >= 0) {
        text.append('=').append(sizes[i]);
      }
    }
    return text.append(')').toString();
  }
}
