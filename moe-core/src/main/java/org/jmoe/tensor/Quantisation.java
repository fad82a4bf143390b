package org.jmoe.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import com.google.common.primitives.Doubles;

/**
 * Stacks of weights (E, D, C) in fewer bits: their codes, the codes' scales and, where those are
 * codes themselves, theirs.
 */
public enum Quantisation {
  /** Numbers of 8 bits, the largest of each output's row at 127. */
  INT8,
  /**
   * The 16 levels at equal shares of a normal distribution, the largest of each block of 64 at 1;
   * the blocks' scales, less their mean, are of 8 bits in groups of 256 (QLoRA, Dettmers et al.
   * 2023, section 3 and appendix E).
   */
  NF4;

  private static final int BLOCK = 64;
  private static final int GROUP = 256;
  private static final double[] LEVELS = {
    -1.0,
    -0.6961928009986877,
    -0.5250730514526367,
    -0.39491748809814453,
    -0.28444138169288635,
    -0.18477343022823334,
    -0.09105003625154495,
    0.0,
    0.07958029955625534,
    0.16093020141124725,
    0.24611230194568634,
    0.33791524171829224,
    0.44070982933044434,
    0.5626170039176941,
    0.7229568362236023,
    1.0
  };

  /** Axes of an expert's codes, after that of the experts. */
  public long[] codes(long inputs, long outputs) {
    return this == INT8
        ? new long[] {outputs, inputs}
        : new long[] {ceil(inputs * outputs, BLOCK) * BLOCK / 2};
  }

  /** Scales of an expert's codes. */
  public long scales(long inputs, long outputs) {
    return this == INT8 ? outputs : ceil(inputs * outputs, BLOCK);
  }

  /** Scales of an expert's scales, and one for their mean; none where scales are no codes. */
  public long coarse(long inputs, long outputs) {
    return this == INT8 ? 0 : ceil(scales(inputs, outputs), GROUP) + 1;
  }

  private static long ceil(long number, long divisor) {
    return (number + divisor - 1) / divisor;
  }

  /** Codes, scales and, for {@link #NF4}, scales of scales of a stack (E, D, C). */
  public NDList of(NDArray stack) {
    return this == INT8
        ? Script.instance().call("quantise_rows", new double[0], stack)
        : Script.instance().call("quantise_nf4", LEVELS, stack);
  }

  /**
   * The stack again, (E, D, C).
   *
   * @param like owns the result
   */
  public NDArray restored(
      NDArray like, NDArray codes, NDArray scales, NDArray coarse, long inputs, long outputs) {
    double[] numbers = Doubles.concat(new double[] {inputs, outputs}, LEVELS);
    return Script.instance().call("dequantise", numbers, like, codes, scales, coarse).get(0);
  }

  /**
   * Stacked feed-forwards over rows (N, D) sorted by expert with counts (E); each expert's weights
   * are restored for the moment of its use, and only where it has rows; where a gradient is wanted,
   * until that is computed.
   *
   * @param in codes, scales, scales of scales and low-rank factors (E, D, r) and (E, r, C), of rank
   *     0 for none, of the input products
   * @param inBias (E, C) or (E, 0)
   * @param out the same of the output products
   * @param hidden width H
   * @param gradient whether one is wanted, which takes whole matrices
   */
  public NDArray experts(
      NDArray rows,
      NDArray counts,
      Activation activation,
      NDList in,
      NDArray inBias,
      NDList out,
      NDArray outBias,
      int hidden,
      boolean gradient) {
    int fewRows = gradient ? 0 : 1; // a product of single rows has no gradient
    int columns = activation.columns(hidden);
    double[] numbers = Doubles.concat(new double[] {activation.code(), columns, fewRows}, LEVELS);
    return Script.instance()
        .call(
            "quantised_experts",
            numbers,
            rows,
            counts,
            in.get(0),
            in.get(1),
            in.get(2),
            in.get(3),
            in.get(4),
            inBias,
            out.get(0),
            out.get(1),
            out.get(2),
            out.get(3),
            out.get(4),
            outBias)
        .get(0);
  }
}
