package org.jmoe.transformer;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * How rotary frequencies are changed for contexts longer than those trained on, as Hugging Face's
 * {@code modeling_rope_utils} does. Numbers are rounded to float32 where upstream rounds them: at
 * position p an angle is off by p times the frequency's rounding.
 */
public sealed interface RotaryScaling {
  /**
   * Angles a position.
   *
   * @param width of a head's rotated part
   * @param base theta
   * @param length tokens so far, those of this pass included
   * @return width / 2 numbers, each a float32
   */
  double[] frequencies(int width, double base, long length);

  /** What cosine and sine are multiplied by. */
  default double magnitude() {
    return 1;
  }

  /** {@code theta^(2 i / width)} in float32. */
  private static float period(int i, int width, double base) {
    return (float) Math.pow(base, (float) (2 * i) / width);
  }

  private static void requireFactor(double factor) {
    Preconditions.checkArgument(
        Double.isFinite(factor) && factor > 0, "factor must be above 0, not %s", factor);
  }

  /** As trained (Su et al. 2021). */
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

  /** All frequencies divided by a factor (position interpolation, Chen et al. 2023). */
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
   * A larger base once a text outgrows the context ("dynamic NTK"): {@code theta (factor length /
   * context - factor + 1)^(width / (width - 2))}.
   */
  record Dynamic(double factor, int context) implements RotaryScaling {
    /** Checks the factor. */
    public Dynamic {
      requireFactor(factor);
    }

    @Override
    public double[] frequencies(int width, double base, long length) {
      double stretch = factor * Math.max(length, context) / context - (factor - 1);
      double grown = base * Math.pow(stretch, (double) width / (width - 2));
      return new None().frequencies(width, grown, length);
    }
  }

  /**
   * Llama 3.1's: long wavelengths divided by the factor, short ones kept, a ramp between.
   *
   * @param original context trained on
   */
  record Llama3(double factor, double lowFactor, double highFactor, int original)
      implements RotaryScaling {
    /** Checks the numbers. */
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
   * YaRN (Peng et al. 2023): frequencies divided by the factor where a head turns less than slow
   * times over the original context, kept where it turns more than fast times, a ramp between.
   *
   * @param original context trained on
   * @param truncate whether the ramp's ends are rounded outwards to whole dimensions
   * @param magnitude what cosine and sine are multiplied by
   */
  record Yarn(
      double factor, double fast, double slow, int original, boolean truncate, double magnitude)
      implements RotaryScaling {
    /** Checks the numbers. */
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
        high += 0.001; // upstream's way around a ramp of no length
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

    /** The dimension that turns so many times over the original context. */
    private double dimension(double turns, int width, double base) {
      return width * Math.log(original / (turns * 2 * Math.PI)) / (2 * Math.log(base));
    }
  }

  /**
   * LongRoPE (Ding et al. 2024): a divisor for each frequency, of two sets by the text's length.
   *
   * @param original context up to which the short set holds
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
    public double[] frequencies(int width, double base, long length) {
      List<Double> factors = length > original ? longFactors : shortFactors;
      Preconditions.checkArgument(
          factors.size() == width / 2,
          "a rotated width of %s needs %s factors, not %s",
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
