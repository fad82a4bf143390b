package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import com.google.common.base.Preconditions;
import org.jmoe.tensor.AttentionOps;
import org.jmoe.tensor.Ops;

/**
 * Rotary positions (Su et al. 2021).
 *
 * @param width of a head's rotated part, its first numbers; 0 for the whole head
 * @param base theta
 * @param pairs whether neighbouring numbers rotate together (GPT-J's form), in place of halves
 *     (Llama's)
 * @param scaling of the frequencies for long contexts
 * @param angles type in which angles are computed
 */
public record Rotary(int width, double base, boolean pairs, RotaryScaling scaling, Angles angles) {
  /** In which type positions times frequencies are computed; sines are rounded to float32 after. */
  public enum Angles {
    /** As Hugging Face does: at position p an angle is off by p times the frequency's rounding. */
    FLOAT32,
    /** As exact at late positions as at early ones; halves without scaling only. */
    FLOAT64
  }

  /** Checks the width. */
  public Rotary {
    Preconditions.checkArgument(
        width >= 0 && width % 2 == 0,
        "rotary.width must be even, or 0 for the whole head, not %s",
        width);
    Preconditions.checkArgument(base > 0, "rope_theta must be above 0, not %s", base);
    Preconditions.checkArgument(
        angles == Angles.FLOAT32 || (!pairs && scaling instanceof RotaryScaling.None),
        "pairs and scaled frequencies are defined with angles in FLOAT32; set rotary.angles to it");
  }

  /** The whole head, in halves, unscaled, with exact angles. */
  public static Rotary of(double base) {
    return new Rotary(0, base, false, new RotaryScaling.None(), Angles.FLOAT64);
  }

  /** The same for so many numbers of a head. */
  public Rotary withWidth(int numbers) {
    return new Rotary(numbers, base, pairs, scaling, angles);
  }

  /** As Hugging Face's models compute it. */
  public static Rotary upstream(int width, double base, boolean pairs, RotaryScaling scaling) {
    return new Rotary(width, base, pairs, scaling, Angles.FLOAT32);
  }

  /**
   * Checks that heads of a width can be rotated.
   *
   * @throws IllegalArgumentException naming the fix
   */
  void requireFits(int headDim) {
    Preconditions.checkArgument(
        width > 0 ? width <= headDim : headDim % 2 == 0,
        "rotary positions need an even head width of at least rotary.width = %s, not %s",
        width,
        headDim);
  }

  /** Rotates the first numbers of each head of x (B, H, S, dh), whose first position is given. */
  NDArray apply(NDArray x, long first) {
    long size = x.getShape().tail();
    if (width == 0 || width == size) {
      return rotated(x, first);
    }
    NDArray turned = rotated(AttentionOps.columns(x, 0, width), first); // (B, H, S, width)
    return AttentionOps.joinColumns(turned, AttentionOps.columns(x, width, size - width));
  }

  private NDArray rotated(NDArray x, long first) {
    if (angles == Angles.FLOAT64) {
      return Ops.rotate(x, base, first);
    }
    long length = first + x.getShape().get(2);
    double[] frequencies = scaling.frequencies(Math.toIntExact(x.getShape().tail()), base, length);
    return AttentionOps.rotate(x, first, scaling.magnitude(), pairs, frequencies);
  }
}
