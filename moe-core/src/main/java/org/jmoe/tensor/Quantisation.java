package org.jmoe.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import com.google.common.primitives.Doubles;

/**
 * Quantization of weight stacks (E, D, C). A quantized stack consists of codes, scales and, with
 * double quantization, scales of the scales.
 */
public enum Quantisation {
  /** Symmetric 8 bits, absmax scaling per output row. */
  INT8,
  /**
   * 4-bit NormalFloat, absmax scaling per block of 64, with the block scales, less their mean,
   * quantized to 8 bits in groups of 256 (QLoRA, Dettmers et al. 2023, section 3 and appendix E).
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

  /** Returns the shape of one expert's codes. */
  public long[] codes(long inputs, long outputs) {
    return this == INT8
        ? new long[] {outputs, inputs}
        : new long[] {ceil(inputs * outputs, BLOCK) * BLOCK / 2};
  }

  /** Returns the number of scales per expert. */
  public long scales(long inputs, long outputs) {
    return this == INT8 ? outputs : ceil(inputs * outputs, BLOCK);
  }

  /**
   * Returns the number of scales of scales per expert plus one for the mean, or 0 without double
   * quantization.
   */
  public long coarse(long inputs, long outputs) {
    return this == INT8 ? 0 : ceil(scales(inputs, outputs), GROUP) + 1;
  }

  private static long ceil(long number, long divisor) {
    return (number + divisor - 1) / divisor;
  }

  /** Quantizes a stack (E, D, C): codes, scales and, for {@link #NF4}, scales of scales. */
  public NDList of(NDArray stack) {
    return this == INT8
        ? Script.instance().call("quantise_rows", new double[0], stack)
        : Script.instance().call("quantise_nf4", LEVELS, stack);
  }

  /**
   * Dequantizes a stack to (E, D, C).
   *
   * @param like its manager owns the result
   */
  public NDArray dequantise(
      NDArray like, NDArray codes, NDArray scales, NDArray coarse, long inputs, long outputs) {
    double[] numbers = Doubles.concat(new double[] {inputs, outputs}, LEVELS);
    return Script.instance().call("dequantise", numbers, like, codes, scales, coarse).get(0);
  }

  /**
   * Quantized weights of stacked feed-forward networks.
   *
   * @param in codes, scales, scales of scales and low-rank factors (E, D, r) and (E, r, C) of the
   *     input projections; rank 0 for none
   * @param inBias (E, C) or (E, 0)
   * @param out the same for the output projections
   * @param outBias (E, D) or (E, 0)
   * @param hidden width H
   */
  public record Stack(
      Activation activation, NDList in, NDArray inBias, NDList out, NDArray outBias, int hidden) {}

  /**
   * Applies stacked feed-forward networks to rows (N, D) sorted by expert with counts (E). Each
   * expert's weights are dequantized only while in use and only if it has rows; with gradients,
   * they are kept until backward.
   *
   * @param gradient whether gradients are needed, which rules out the single-row kernel
   */
  public NDArray experts(NDArray rows, NDArray counts, Stack stack, boolean gradient) {
    boolean single = !gradient && rows.getDataType() == DataType.FLOAT32; // all its kernel can do
    int columns = stack.activation().columns(stack.hidden());
    double[] numbers =
        Doubles.concat(new double[] {stack.activation().code(), columns, single ? 1 : 0}, LEVELS);
    return Script.instance()
        .call(
            "quantised_experts",
            numbers,
            rows,
            counts,
            stack.in().get(0),
            stack.in().get(1),
            stack.in().get(2),
            stack.in().get(3),
            stack.in().get(4),
            stack.inBias(),
            stack.out().get(0),
            stack.out().get(1),
            stack.out().get(2),
            stack.out().get(3),
            stack.out().get(4),
            stack.outBias())
        .get(0);
  }
}
