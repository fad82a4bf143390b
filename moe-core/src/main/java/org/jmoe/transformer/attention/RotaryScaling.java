package org.jmoe.transformer.attention;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * Scaling of rotary frequencies for contexts longer than those of training, as in Hugging Face's
 * {@code modeling_rope_utils}, including its rounding to float32.
 */
public sealed interface RotaryScaling {
  /**
   * Returns the angle per position of each frequency.
   *
   * @param width of the rotated part of a head
   * @param base theta
   * @param length number of tokens up to the end of this pass
   * @return width / 2 values, each a float32
   */
  double[] frequencies(int width, double base, long length);

  /** Returns the factor applied to cosine and sine. */
  default double magnitude() {
    return 1;
  }

  /** Returns whether lengths up to a maximum have different frequencies. */
  default boolean dependsOnLength(int maximum) {
    return false;
  }

  /** Returns {@code theta^(2 i / width)} in float32. */
  private static float period(int i, int width, double base) {
    return (float) Math.pow(base, (float) (2 * i) / width);
  }

  private static void requireFactor(double factor) {
    Preconditions.checkArgument(
        Double.isFinite(factor) && factor > 0, "factor must be above 0, not %s", factor);
  }

  /** No scaling (Su et al. 2021). */
  record None() implements RotaryScaling {
    @Override
    public double[] frequencies(int width, double base, long length) {
      double[] result = new double[width / 2];
      for (int i = 0; i < result.length; i++) {
        result[i] = 1 / period(i, width, base);
      }
      return result;
    }
  }

  /** Divides all frequencies by a factor (position interpolation, Chen et al. 2023). */
  record Linear(double factor) implements RotaryScaling {
    /** Checks the factor. */
    public Linear {
      requireFactor(factor);
    }

    @Override
    public double[] frequencies(int width, double base, long length) {
      double[] result = new double[width / 2];
      for (int i = 0; i < result.length; i++) {
        result[i] = 1 / period(i, width, base) / (float) factor;
      }
      return result;
    }
  }

  /**
   * Increases the base when the text exceeds the context ("dynamic NTK"): {@code theta (factor
   * length / context - factor + 1)^(width / (width - 2))}.
   */
  record Dynamic(double factor, int context) implements RotaryScaling {
    /** Checks the factor. */
    public Dynamic {
      requireFactor(factor);
    }

    @Override
    public boolean dependsOnLength(int maximum) {
      return maximum > context;
    }

    @Override
    public double[] frequencies(int width, double base, long length) {
      double stretch = factor * Math.max(length, context) / context - (factor - 1);
      double grown = base * Math.pow(stretch, (double) width / (width - 2));
      return new None().frequencies(width, grown, length);
    }
  }

  /**
   * Llama 3.1 scaling: long wavelengths are divided by the factor, short ones kept, with a ramp in
   * between.
   *
   * @param original context length of training
   */
  record Llama3(double factor, double lowFactor, double highFactor, int original)
      implements RotaryScaling {
    /** Checks the factors. */
    public Llama3 {
      requireFactor(factor);
      Preconditions.checkArgument(
          highFactor > lowFactor,
          "high_freq_factor = %s must be above low_freq_factor = %s",
          highFactor,
          lowFactor);
    }

    @Override
    public double[] frequencies(int width, double base, long length) {
      double[] result = new double[width / 2];
      for (int i = 0; i < result.length; i++) {
        float plain = 1 / period(i, width, base);
        float wave = (float) (2 * Math.PI) / plain;
        if (wave > original / lowFactor) {
          result[i] = plain / (float) factor;
        } else if (wave < original / highFactor) {
          result[i] = plain;
        } else {
          float smooth = (original / wave - (float) lowFactor) / (float) (highFactor - lowFactor);
          result[i] = (1 - smooth) * plain / (float) factor + smooth * plain;
        }
      }
      return result;
    }
  }

  /**
   * YaRN (Peng et al. 2023): frequencies with fewer than {@code slow} rotations over the original
   * context are divided by the factor, those with more than {@code fast} rotations kept, with a
   * ramp in between.
   *
   * @param original context length of training
   * @param truncate whether the ends of the ramp are rounded outwards to integer dimensions
   * @param magnitude factor applied to cosine and sine
   */
  record Yarn(
      double factor, double fast, double slow, int original, boolean truncate, double magnitude)
      implements RotaryScaling {
    /** Checks the factor. */
    public Yarn {
      requireFactor(factor);
    }

    @Override
    public double[] frequencies(int width, double base, long length) {
      double low = dimension(fast, width, base);
      double high = dimension(slow, width, base);
      low = Math.max(truncate ? Math.floor(low) : low, 0);
      high = Math.min(truncate ? Math.ceil(high) : high, width - 1.0);
      if (low == high) {
        high += 0.001; // avoids a ramp of length 0, as upstream
      }
      double[] result = new double[width / 2];
      for (int i = 0; i < result.length; i++) {
        float period = period(i, width, base);
        float ramp = Math.max(0, Math.min(1, (i - (float) low) / (float) (high - low)));
        float kept = 1 - ramp;
        result[i] = 1 / ((float) factor * period) * (1 - kept) + 1 / period * kept;
      }
      return result;
    }

    /** Returns the dimension with a number of rotations over the original context. */
    private double dimension(double rotations, int width, double base) {
      return width * Math.log(original / (rotations * 2 * Math.PI)) / (2 * Math.log(base));
    }
  }

  /**
   * LongRoPE (Ding et al. 2024): one divisor per frequency, from one of two sets depending on the
   * length of the text.
   *
   * @param original context length up to which the short factors apply
   */
  record LongRope(
      List<Double> shortFactors, List<Double> longFactors, int original, double magnitude)
      implements RotaryScaling {
    /** Copies the factors. */
    public LongRope {
      shortFactors = ImmutableList.copyOf(shortFactors);
      longFactors = ImmutableList.copyOf(longFactors);
    }

    @Override
    public boolean dependsOnLength(int maximum) {
      return maximum > original;
    }

    @Override
    public double[] frequencies(int width, double base, long length) {
      List<Double> factors = length > original ? longFactors : shortFactors;
      Preconditions.checkArgument(
          factors.size() == width / 2,
          "a rotated width of %s needs %s scaling factors, not %s",
          width,
          width / 2,
          factors.size());
      double[] result = new double[width / 2];
      for (int i = 0; i < result.length; i++) {
        result[i] = 1 / (factors.get(i).floatValue() * period(i, width, base));
      }
      return result;
    }
  }
}
