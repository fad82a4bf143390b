package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import com.google.common.base.Preconditions;
import org.jmoe.tensor.AttentionOps;

/**
 * Rotary positions of a published model.
 *
 * @param width of a head's rotated part, even
 * @param base theta
 * @param pairs whether neighbouring numbers rotate together (GPT-J's form), in place of halves
 *     (Llama's)
 * @param scaling of the frequencies for long contexts
 */
public record Rotary(int width, double base, boolean pairs, RotaryScaling scaling) {
  /** Checks the width. */
  public Rotary {
    Preconditions.checkArgument(
        width >= 2 && width % 2 == 0, "a rotated width must be even and above 0, not %s", width);
    Preconditions.checkArgument(base > 0, "rope_theta must be above 0, not %s", base);
  }

  /** Rotates x (B, H, S, width), whose first position is given. */
  NDArray apply(NDArray x, long first) {
    long length = first + x.getShape().get(2);
    double[] frequencies = scaling.frequencies(width, base, length);
    return AttentionOps.rotate(x, first, scaling.magnitude(), pairs, frequencies);
  }
}
