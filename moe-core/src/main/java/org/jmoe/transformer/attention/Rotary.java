package org.jmoe.transformer.attention;

import ai.djl.ndarray.NDArray;
import com.google.common.base.Preconditions;
import org.jmoe.tensor.AttentionOps;
import org.jmoe.tensor.TransformerOps;
import org.jspecify.annotations.Nullable;

/**
 * Rotary position embeddings (Su et al. 2021).
 *
 * @param width of the rotated part of a head, its first elements; 0 for the entire head
 * @param base theta
 * @param pairs whether adjacent elements rotate together (GPT-J) instead of halves (Llama)
 * @param scaling of the frequencies for long contexts
 * @param angles type in which angles are computed
 */
public record Rotary(int width, double base, boolean pairs, RotaryScaling scaling, Angles angles) {
  /** Type in which angles are computed. Sines and cosines are rounded to float32 afterwards. */
  public enum Angles {
    /** As in Hugging Face: the error of an angle grows with the position. */
    FLOAT32,
    /** Error independent of the position. Only for halves without scaling. */
    FLOAT64
  }

  /** Checks the width. */
  public Rotary {
    Preconditions.checkArgument(
        width >= 0 && width % 2 == 0,
        "rotary.width must be even, or 0 for the entire head, not %s",
        width);
    Preconditions.checkArgument(base > 0, "rope_theta must be above 0, not %s", base);
    Preconditions.checkArgument(
        angles == Angles.FLOAT32 || (!pairs && scaling instanceof RotaryScaling.None),
        "pairs and scaled frequencies require FLOAT32 angles; set rotary.angles to FLOAT32");
  }

  /** Rotates entire heads in halves, unscaled, with float64 angles. */
  public static Rotary of(double base) {
    return new Rotary(0, base, false, new RotaryScaling.None(), Angles.FLOAT64);
  }

  /** Returns a copy that rotates only the first elements of a head. */
  public Rotary withWidth(int numbers) {
    return new Rotary(numbers, base, pairs, scaling, angles);
  }

  /** Creates rotary embeddings computed as in Hugging Face models. */
  public static Rotary upstream(int width, double base, boolean pairs, RotaryScaling scaling) {
    return new Rotary(width, base, pairs, scaling, Angles.FLOAT32);
  }

  /**
   * Checks that heads of a width can be rotated.
   *
   * @throws IllegalArgumentException with the invalid width
   */
  void requireFits(int headDim) {
    Preconditions.checkArgument(
        width > 0 ? width <= headDim : headDim % 2 == 0,
        "rotary positions need an even head width of at least rotary.width = %s, not %s",
        width,
        headDim);
  }

  /**
   * Rotates the first elements of each head.
   *
   * @param x (B, H, S, dh)
   * @param first position of the first token
   * @param positions (B, S) of the tokens; null for consecutive ones from {@code first}
   */
  NDArray apply(NDArray x, long first, @Nullable NDArray positions) {
    long size = x.getShape().tail();
    if (width == 0 || width == size) {
      return rotated(x, first, positions);
    }
    NDArray rotated =
        rotated(AttentionOps.columns(x, 0, width), first, positions); // (B, H, S, width)
    return AttentionOps.joinColumns(rotated, AttentionOps.columns(x, width, size - width));
  }

  private NDArray rotated(NDArray x, long first, @Nullable NDArray positions) {
    if (angles == Angles.FLOAT64) {
      return positions == null
          ? TransformerOps.rotate(x, base, first)
          : AttentionOps.rotateAt(x, positions, base);
    }
    long length = first + x.getShape().get(2);
    double[] frequencies = scaling.frequencies(Math.toIntExact(x.getShape().tail()), base, length);
    return positions == null
        ? AttentionOps.rotate(x, first, scaling.magnitude(), pairs, frequencies)
        : AttentionOps.rotateAt(x, positions, scaling.magnitude(), pairs, frequencies);
  }
}
