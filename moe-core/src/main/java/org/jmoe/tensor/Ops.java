package org.jmoe.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.common.primitives.Doubles;
import com.google.common.primitives.ImmutableIntArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The operations that MoE layers need beyond DJL's {@link NDArray}, and safe forms of those that it
 * gets wrong. The only class that knows how they are carried out: one TorchScript text module, one
 * native call each, gradients included. Results belong to the manager of the first argument, so the
 * activation comes first and weights after it.
 */
public final class Ops {
  private static final double[] NONE = {};

  private Ops() {}

  private static NDArray one(String method, double[] numbers, NDArray... arrays) {
    return Script.instance().call(method, numbers, arrays).get(0);
  }

  // ---- arithmetic ------------------------------------------------------------------------------

  /** {@code x * factor}; unlike {@code NDArray.mul(Number)} its gradient is safe. */
  public static NDArray scale(NDArray x, double factor) {
    return one("scale", new double[] {factor}, x);
  }

  /** {@code x + amount}, in the type of x. */
  public static NDArray shift(NDArray x, double amount) {
    return one("shift", new double[] {amount}, x);
  }

  /** The remainder of whole numbers x by a whole divisor, in [0, divisor). */
  public static NDArray remainder(NDArray x, long divisor) {
    return one("remainder", new double[] {divisor}, x);
  }

  /** Differentiable change of type. */
  public static NDArray cast(NDArray x, DataType type) {
    return one("to_dtype", new double[] {Dtypes.torchCode(type)}, x);
  }

  /** Differentiable move to the device of another array; the same array where it is there. */
  public static NDArray moveTo(NDArray x, NDArray like) {
    return one("to_device_of", NONE, x, like);
  }

  /** A copy on the device of another array, even where x is there already; differentiable. */
  public static NDArray copyTo(NDArray x, NDArray like) {
    return one("copy_to_device_of", NONE, x, like);
  }

  /** Softmax over the last axis. */
  public static NDArray softmax(NDArray x) {
    return x.softmax(-1);
  }

  /** {@code log sum exp} over the last axis, (.., E) to (..). */
  public static NDArray logSumExp(NDArray x) {
    return one("log_sum_exp", NONE, x);
  }

  // ---- rows and counts -------------------------------------------------------------------------

  /** Rows of x (R, D) by ids (..) as (.., D); a repeated row's gradients add in a fixed order. */
  public static NDArray rowsOf(NDArray ids, NDArray x) {
    return one("rows_of", NONE, ids, x);
  }

  /** As {@link #rowsOf}, with the rows first: the result belongs to their manager. */
  public static NDArray rows(NDArray x, NDArray ids) {
    return one("rows", NONE, x, ids);
  }

  /** x (R, D) with source (N, D) added at the rows ids (N); repeated rows accumulate. */
  public static NDArray indexAdd(NDArray x, NDArray ids, NDArray source) {
    return one("index_add", NONE, x, ids, source);
  }

  /**
   * How often each of 0 to size - 1 stands in ids, as (size) of int64; ids of -1 are left out,
   * others must be in range.
   */
  public static NDArray bincount(NDArray ids, int size) {
    return one("bincount", new double[] {size}, ids);
  }

  /**
   * Arrays one after another along an axis; a single one is itself. DJL's own gives a copy of a
   * single array, which no gradient passes.
   */
  public static NDArray joined(NDList arrays, int axis) {
    return arrays.size() == 1 ? arrays.head() : NDArrays.concat(arrays, axis);
  }

  /** The numbers 0, 1, 2, .. in the shape of x, of int64. */
  public static NDArray positions(NDArray x) {
    return one("positions", NONE, x);
  }

  /** Sorts the last axis, equals staying in order; returns the values and where they stood. */
  public static NDList stableSort(NDArray x, boolean descending) {
    return Script.instance().call("sort", new double[] {descending ? 1 : 0}, x);
  }

  /** Positions of the k largest of the last axis, largest first; of equals the lower index wins. */
  public static NDArray top(NDArray x, int k) {
    return one("top", new double[] {k, Double.NEGATIVE_INFINITY}, x);
  }

  /** Sum of all numbers, read on the host. */
  public static double sum(NDArray x) {
    try (NDArray total = one("sum", NONE, x)) {
      return total.getDouble();
    }
  }

  /**
   * What a router did, in one array: choices, kept choices and summed probability of each expert.
   *
   * @param probs (T, E)
   * @param choices (T, K) of int64, -1 for none
   * @param kept (T, K) of boolean
   * @return (3, E) of float64
   */
  public static NDArray tally(NDArray probs, NDArray choices, NDArray kept) {
    return one("tally", NONE, probs, choices, kept);
  }

  /** Choices (T, K) of tokens with labels (T) of int32: (labels, E) of int64. */
  public static NDArray crossTally(
      NDArray choices, NDArray labels, int labelCount, int expertCount) {
    return one("cross_tally", new double[] {labelCount, expertCount}, choices, labels);
  }

  /** x (T, K) with its rows replaced by a number where mask (T) of boolean is true. */
  public static NDArray fillRows(NDArray x, NDArray mask, double value) {
    return one("fill_rows", new double[] {value}, x, mask);
  }

  /** The first row of x (T, E) whose log-sum-exp is not finite, or -1; waits for the device. */
  public static long firstUndefinedRow(NDArray x) {
    try (NDArray row = one("first_undefined_row", NONE, x)) {
      return row.getLong();
    }
  }

  /** Where the first of ids outside [0, size) stands, counted flat, or -1; waits for the device. */
  public static long firstOutside(NDArray ids, long size) {
    try (NDArray at = one("first_outside", new double[] {size}, ids)) {
      return at.getLong();
    }
  }

  /**
   * Which rows of x (T, E) have no softmax, for a NaN, +inf or only -inf in them; (T) of boolean.
   */
  public static NDArray undefinedRows(NDArray x) {
    return one("undefined_rows", NONE, x);
  }

  // ---- named randomness ------------------------------------------------------------------------

  /** Standard normal numbers in shape and type of x, a function of seed, shape and type. */
  public static NDArray normal(NDArray x, Seed seed) {
    return one("normal", new double[] {seed.value()}, x);
  }

  /** Uniform numbers of [0, 1) in shape and type of x, a function of seed, shape and type. */
  public static NDArray uniform(NDArray x, Seed seed) {
    return one("uniform", new double[] {seed.value()}, x);
  }

  /** Zeroes each number with probability drop and scales the others by 1 / (1 - drop). */
  public static NDArray dropout(NDArray x, double drop, Seed seed) {
    return drop == 0 ? x : one("dropout", new double[] {drop, seed.value()}, x);
  }

  // ---- placing choices -------------------------------------------------------------------------

  /**
   * The rank of each choice among those of the same expert.
   *
   * @param experts (T, K) of int64
   * @param order (T * K) permutation of the choices, flat as {@code t * K + k}, first served first
   * @return (T, K) of int64, 0 for the first of each expert
   */
  public static NDArray rank(NDArray experts, NDArray order) {
    return one("rank", NONE, experts, order);
  }

  /**
   * Sorts choices (T, K) by expert, leaving out those of -1: the token of each row (N), the rows of
   * each expert (E, on the CPU), the row of each choice (T, K) or -1.
   */
  public static NDList group(NDArray experts, int expertCount) {
    return Script.instance().call("group", new double[] {expertCount}, experts);
  }

  /**
   * Gives the choices (T, K) of ranks below the capacity a slot: the token of each slot (E, C) or
   * -1, the slot {@code e * C + c} of each choice (T, K) or -1.
   */
  public static NDList slots(NDArray experts, NDArray ranks, int expertCount, int capacity) {
    return Script.instance().call("slots", new double[] {expertCount, capacity}, experts, ranks);
  }

  /** The row of x (T, D) for each slot (E, C), zeros where -1: (E, C, D). */
  public static NDArray slotRows(NDArray x, NDArray slotToken) {
    return one("slot_rows", NONE, x, slotToken);
  }

  /**
   * {@code y[t] = sum_k weights[t, k] * outputs[position[t, k]]}, nothing where -1: (T, D), in the
   * type of the outputs.
   */
  public static NDArray weightedSum(NDArray outputs, NDArray position, NDArray weights) {
    return one("weighted_sum", NONE, outputs, position, weights);
  }

  // ---- feed-forward ----------------------------------------------------------------------------

  /** One feed-forward over x (.., D); see {@link FeedForwardWeights} for shapes. */
  public static NDArray feedForward(NDArray x, FeedForwardWeights w) {
    return one("feed_forward", w.numbers(), x, w.in(), w.inBias(), w.out(), w.outBias());
  }

  /** Stacked feed-forwards over rows (N, D) sorted by expert with counts (E). */
  public static NDArray groupedExperts(NDArray rows, NDArray counts, FeedForwardWeights w) {
    return one(
        "grouped_experts", w.numbers(), rows, counts, w.in(), w.inBias(), w.out(), w.outBias());
  }

  /** Stacked feed-forwards over slots (E, C, D). */
  public static NDArray paddedExperts(NDArray slots, FeedForwardWeights w) {
    return one("padded_experts", w.numbers(), slots, w.in(), w.inBias(), w.out(), w.outBias());
  }

  /**
   * As {@link #groupedExperts} for some experts of a larger stack, which are computed as within it
   * and drop what they would there.
   *
   * @param ids of the experts in that stack
   * @param whole the groups of that stack
   */
  public static NDArray groupedPart(
      NDArray rows, NDArray counts, FeedForwardWeights w, ImmutableIntArray ids, GroupSizes whole) {
    double[] settings = w.numbers();
    if (w.dropout() > 0) {
      double[] numbers = Doubles.concat(settings, ids.stream().asDoubleStream().toArray());
      return one("grouped_part", numbers, rows, counts, w.in(), w.inBias(), w.out(), w.outBias());
    }
    long total = whole.rows();
    double[] numbers =
        Doubles.concat(settings, new double[] {total, whole.experts(), whole.largest()});
    return one("grouped_experts", numbers, rows, counts, w.in(), w.inBias(), w.out(), w.outBias());
  }

  /**
   * As {@link #paddedExperts} for some experts of a larger stack, which drop what they would there.
   *
   * @param ids of the experts in that stack
   * @param experts of that stack
   */
  public static NDArray paddedPart(
      NDArray slots, FeedForwardWeights w, ImmutableIntArray ids, int experts) {
    double[] settings = w.numbers();
    double[] numbers =
        Doubles.concat(settings, new double[] {experts}, ids.stream().asDoubleStream().toArray());
    return one("padded_part", numbers, slots, w.in(), w.inBias(), w.out(), w.outBias());
  }

  // ---- transformer -----------------------------------------------------------------------------

  /** Root-mean-square normalisation of the last axis (Zhang and Sennrich 2019). */
  public static NDArray rmsNorm(NDArray x, NDArray weight, double epsilon) {
    return one("rms_norm", new double[] {epsilon}, x, weight);
  }

  /** Layer normalisation of the last axis (Ba et al. 2016). */
  public static NDArray layerNorm(NDArray x, NDArray weight, NDArray bias, double epsilon) {
    return one("layer_norm", new double[] {epsilon}, x, weight, bias);
  }

  /**
   * Queries, keys and values of x (B, S, D) by one product.
   *
   * @param weight (D, (H + 2 G) dh) for H query heads and G key and value heads
   * @return q (B, H, S, dh), k and v (B, G, S, dh)
   */
  public static NDList heads(
      NDArray x, NDArray weight, int heads, int kvHeads, Precision precision) {
    double[] numbers = {heads, kvHeads, precision.torchCode()};
    return Script.instance().call("heads", numbers, x, weight);
  }

  /** {@code x w} for x (.., D) and w (D, F), in the type of x, computed in the given precision. */
  public static NDArray linear(NDArray x, NDArray weight, Precision precision) {
    return one("linear", new double[] {precision.torchCode()}, x, weight);
  }

  /** Heads side by side again: (B, H, S, dh) as (B, S, H dh). */
  public static NDArray mergeHeads(NDArray x) {
    return one("merge_heads", NONE, x);
  }

  /**
   * Scaled dot-product attention through the engine's fused operation, q (B, H, S, dh) over k and v
   * (B, G, S', dh) where G divides H. Causal queries fewer than the keys are the last positions.
   *
   * @param precision of the products where that pays; else that of q
   */
  public static NDArray attention(
      NDArray q, NDArray k, NDArray v, boolean causal, Precision precision) {
    try (NDArray all = q.getManager().zeros(new Shape(0), DataType.BOOLEAN)) {
      return attention(q, k, v, all, causal, precision);
    }
  }

  /**
   * As {@link #attention}, where mask, broadcast to (B, H, S, S'), is true for what may be seen.
   */
  public static NDArray maskedAttention(
      NDArray q, NDArray k, NDArray v, NDArray mask, boolean causal) {
    return attention(q, k, v, mask, causal, Precision.FLOAT32);
  }

  private static NDArray attention(
      NDArray q, NDArray k, NDArray v, NDArray mask, boolean causal, Precision precision) {
    double[] numbers = {causal ? 1 : 0, precision.torchCode()};
    return one("attention", numbers, q, k, v, mask);
  }

  /** What may be seen (B, 1, S, S) under padding (B, S) of boolean: real tokens and oneself. */
  public static NDArray seen(NDArray padding) {
    return one("seen", NONE, padding);
  }

  /** Writes x (B, H, S, dh) into a cache (B, H, L, dh) from a position on, in place. */
  public static void writeCache(NDArray cache, NDArray x, int position) {
    one("write_cache", new double[] {position}, cache, x).close();
  }

  /** The first positions of a cache (B, H, L, dh), sharing its memory. */
  public static NDArray firstPositions(NDArray cache, int count) {
    return one("first_positions", new double[] {count}, cache);
  }

  /** Rotary positions (Su et al. 2021, Llama's half-split form) for x (B, H, S, dh). */
  public static NDArray rotate(NDArray x, double base, long firstPosition) {
    return one("rotate", new double[] {base, firstPosition}, x);
  }

  /** {@code x w^T} for x (.., D) and w (V, D): (.., V). */
  public static NDArray matMulTransposed(NDArray x, NDArray weight) {
    return one("matmul_transposed", NONE, x, weight);
  }

  /** Cross-entropy in nats of each target (N) under logits (N, V); 0 for a target of -1. */
  public static NDArray tokenNats(NDArray logits, NDArray targets) {
    return one("token_nats", NONE, logits, targets);
  }

  /**
   * The Kullback-Leibler divergence of a student's softmax from a teacher's at a temperature, for
   * logits (N, V) each: (N), whose gradient flows to the student.
   */
  public static NDArray divergence(NDArray student, NDArray teacher, double temperature) {
    return one("divergence", new double[] {temperature}, student, teacher);
  }

  /**
   * {@code w + scale a b} for w (.., D, H), a (.., D, r) and b (.., r, H).
   *
   * @param like owns the result
   */
  public static NDArray lowRank(NDArray like, NDArray w, NDArray a, NDArray b, double scale) {
    return one("low_rank", new double[] {scale}, like, w, a, b);
  }

  // ---- export ----------------------------------------------------------------------------------

  /** Writes the module as a TorchScript archive that any PyTorch can load. */
  public static void export(Path file) throws IOException {
    Files.write(file, Script.archive());
  }
}
