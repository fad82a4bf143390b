package org.jmoe.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import com.google.common.primitives.Doubles;
import com.google.common.primitives.ImmutableIntArray;

/**
 * Tensor operations that dispatch tokens to experts, compute the experts and combine their outputs,
 * implemented like those of {@link Ops}.
 */
public final class ExpertOps {
  private static final double[] NONE = {};

  private ExpertOps() {}

  private static NDArray one(String method, double[] numbers, NDArray... arrays) {
    return Script.instance().call(method, numbers, arrays).get(0);
  }

  // ---- dispatch ---------------------------------------------------------------------------------

  /**
   * Ranks each choice among those of the same expert.
   *
   * @param experts (T, K) of int64
   * @param order (T * K) permutation of the flat choices {@code t * K + k}, highest priority first
   * @return (T, K) of int64, 0 for the first choice of each expert
   */
  public static NDArray rank(NDArray experts, NDArray order) {
    return one("rank", NONE, experts, order);
  }

  /**
   * Sorts choices (T, K) by expert, leaving out -1. Returns the token of each row (N), the number
   * of rows of each expert (E, on the CPU), and the row of each choice (T, K) or -1.
   */
  public static NDList group(NDArray experts, int expertCount) {
    return Script.instance().call("group", new double[] {expertCount}, experts);
  }

  /**
   * Assigns a slot to each choice (T, K) with a rank below the capacity. Returns the token of each
   * slot (E, C) or -1, and the slot {@code e * C + c} of each choice (T, K) or -1.
   */
  public static NDList slots(NDArray experts, NDArray ranks, int expertCount, int capacity) {
    return Script.instance().call("slots", new double[] {expertCount, capacity}, experts, ranks);
  }

  /** Gathers the row of x (T, D) for each slot, (E, C) to (E, C, D); zeros where -1. */
  public static NDArray slotRows(NDArray x, NDArray slotToken) {
    return one("slot_rows", NONE, x, slotToken);
  }

  /**
   * Combines outputs: {@code y[t] = sum_k weights[t, k] * outputs[position[t, k]]}, skipping
   * positions of -1; (T, D) in the type of the outputs.
   */
  public static NDArray weightedSum(NDArray outputs, NDArray position, NDArray weights) {
    return one("weighted_sum", NONE, outputs, position, weights);
  }

  /**
   * Counts the choices of a router.
   *
   * @param probs (T, E)
   * @param choices (T, K) of int64, -1 for none
   * @param kept (T, K) of boolean
   * @return (3, E) of float64: choices, kept choices and summed probability per expert
   */
  public static NDArray tally(NDArray probs, NDArray choices, NDArray kept) {
    return one("tally", NONE, probs, choices, kept);
  }

  /** Counts choices (T, K) per token label (T) of int32 and expert: (labels, E) of int64. */
  public static NDArray crossTally(
      NDArray choices, NDArray labels, int labelCount, int expertCount) {
    return one("cross_tally", new double[] {labelCount, expertCount}, choices, labels);
  }

  // ---- feed-forward -----------------------------------------------------------------------------

  /** Applies a feed-forward network to x (.., D); see {@link FeedForwardWeights} for shapes. */
  public static NDArray feedForward(NDArray x, FeedForwardWeights w) {
    return one("feed_forward", w.numbers(), x, w.in(), w.inBias(), w.out(), w.outBias());
  }

  /** Applies stacked feed-forward networks to rows (N, D) sorted by expert with counts (E). */
  public static NDArray groupedExperts(NDArray rows, NDArray counts, FeedForwardWeights w) {
    return one(
        "grouped_experts", w.numbers(), rows, counts, w.in(), w.inBias(), w.out(), w.outBias());
  }

  /** Applies stacked feed-forward networks to slots (E, C, D). */
  public static NDArray paddedExperts(NDArray slots, FeedForwardWeights w) {
    return one("padded_experts", w.numbers(), slots, w.in(), w.inBias(), w.out(), w.outBias());
  }

  /**
   * As {@link #groupedExperts} for some experts of a larger stack. Strategy and dropout masks are
   * those of the full stack.
   *
   * @param ids of the experts in the full stack
   * @param full group sizes of the full stack
   */
  public static NDArray groupedPart(
      NDArray rows, NDArray counts, FeedForwardWeights w, ImmutableIntArray ids, GroupSizes full) {
    double[] settings = w.numbers();
    if (w.dropout() > 0) {
      double[] numbers = Doubles.concat(settings, ids.stream().asDoubleStream().toArray());
      return one("grouped_part", numbers, rows, counts, w.in(), w.inBias(), w.out(), w.outBias());
    }
    long total = full.rows();
    double[] numbers =
        Doubles.concat(settings, new double[] {total, full.experts(), full.largest()});
    return one("grouped_experts", numbers, rows, counts, w.in(), w.inBias(), w.out(), w.outBias());
  }

  /**
   * As {@link #paddedExperts} for some experts of a larger stack, with the dropout masks of the
   * full stack.
   *
   * @param ids of the experts in the full stack
   * @param experts number of experts in the full stack
   */
  public static NDArray paddedPart(
      NDArray slots, FeedForwardWeights w, ImmutableIntArray ids, int experts) {
    double[] settings = w.numbers();
    double[] numbers =
        Doubles.concat(settings, new double[] {experts}, ids.stream().asDoubleStream().toArray());
    return one("padded_part", numbers, slots, w.in(), w.inBias(), w.out(), w.outBias());
  }
}
