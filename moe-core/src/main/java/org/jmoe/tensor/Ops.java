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
 * Tensor operations that DJL's {@link NDArray} lacks or implements incorrectly. Each is one native
 * call to a method of a TorchScript module and supports autograd. The result belongs to the manager
 * of the first argument, so activations come first and weights after them.
 */
public final class Ops {
  private static final double[] NONE = {};

  private Ops() {}

  private static NDArray one(String method, double[] numbers, NDArray... arrays) {
    return Script.instance().call(method, numbers, arrays).get(0);
  }

  // ---- arithmetic ------------------------------------------------------------------------------

  /** Returns {@code x * factor}. Unlike {@code NDArray.mul(Number)}, its gradient is safe. */
  public static NDArray scale(NDArray x, double factor) {
    return one("scale", new double[] {factor}, x);
  }

  /** Returns {@code x + amount} in the type of x. */
  public static NDArray shift(NDArray x, double amount) {
    return one("shift", new double[] {amount}, x);
  }

  /** Returns the elementwise remainder of integers, in [0, divisor). */
  public static NDArray remainder(NDArray x, long divisor) {
    return one("remainder", new double[] {divisor}, x);
  }

  /** Converts the type; differentiable. */
  public static NDArray cast(NDArray x, DataType type) {
    return one("to_dtype", new double[] {Dtypes.torchCode(type)}, x);
  }

  /** Moves x to the device of another array; returns x if it is already there. Differentiable. */
  public static NDArray moveTo(NDArray x, NDArray like) {
    return one("to_device_of", NONE, x, like);
  }

  /** Copies x to the device of another array, even if it is already there. Differentiable. */
  public static NDArray copyTo(NDArray x, NDArray like) {
    return one("copy_to_device_of", NONE, x, like);
  }

  /** Softmax over the last axis. */
  public static NDArray softmax(NDArray x) {
    return x.softmax(-1);
  }

  /** Log-sum-exp over the last axis, (.., E) to (..). */
  public static NDArray logSumExp(NDArray x) {
    return one("log_sum_exp", NONE, x);
  }

  // ---- rows and counts -------------------------------------------------------------------------

  /**
   * Gathers rows of x (R, D) by ids (..) to (.., D); repeated rows sum gradients in fixed order.
   */
  public static NDArray rowsOf(NDArray ids, NDArray x) {
    return one("rows_of", NONE, ids, x);
  }

  /** As {@link #rowsOf} with x first, so that the result belongs to the manager of x. */
  public static NDArray rows(NDArray x, NDArray ids) {
    return one("rows", NONE, x, ids);
  }

  /** Returns x (R, D) with source (N, D) added to rows ids (N); repeated rows accumulate. */
  public static NDArray indexAdd(NDArray x, NDArray ids, NDArray source) {
    return one("index_add", NONE, x, ids, source);
  }

  /**
   * Counts how often each of 0 to size - 1 occurs in ids, (size) of int64. Ids of -1 are ignored;
   * others must be in range.
   */
  public static NDArray bincount(NDArray ids, int size) {
    return one("bincount", new double[] {size}, ids);
  }

  /**
   * Concatenates arrays along an axis; returns a single array as is. DJL's concat copies a single
   * array and cuts its gradient.
   */
  public static NDArray concat(NDList arrays, int axis) {
    return arrays.size() == 1 ? arrays.head() : NDArrays.concat(arrays, axis);
  }

  /** Returns 0, 1, 2, .. in the shape of x, as int64. */
  public static NDArray positions(NDArray x) {
    return one("positions", NONE, x);
  }

  /** Sorts the last axis stably; returns values and indices. */
  public static NDList stableSort(NDArray x, boolean descending) {
    return Script.instance().call("sort", new double[] {descending ? 1 : 0}, x);
  }

  /**
   * Returns the indices of the k largest elements of the last axis, largest first; ties go to the
   * lower index.
   */
  public static NDArray top(NDArray x, int k) {
    return one("top", new double[] {k, Double.NEGATIVE_INFINITY}, x);
  }

  /** Returns the sum of all elements as a host number. */
  public static double sum(NDArray x) {
    try (NDArray total = one("sum", NONE, x)) {
      return total.getDouble();
    }
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

  /** Replaces the rows of x (T, K) where mask (T) is true by a value. */
  public static NDArray fillRows(NDArray x, NDArray mask, double value) {
    return one("fill_rows", new double[] {value}, x, mask);
  }

  /** Returns the first row of x (T, E) with a non-finite log-sum-exp, or -1. Synchronises. */
  public static long firstNonFiniteRow(NDArray x) {
    try (NDArray row = one("first_non_finite_row", NONE, x)) {
      return row.getLong();
    }
  }

  /** Returns the flat position of the first id outside [0, size), or -1. Synchronises. */
  public static long firstOutOfRange(NDArray ids, long size) {
    try (NDArray at = one("first_out_of_range", new double[] {size}, ids)) {
      return at.getLong();
    }
  }

  /** Marks rows of x (T, E) with no softmax: those with NaN, +inf or only -inf; (T) of boolean. */
  public static NDArray nonFiniteRows(NDArray x) {
    return one("non_finite_rows", NONE, x);
  }

  // ---- named randomness ------------------------------------------------------------------------

  /** Standard normal samples in shape and type of x, a function of seed, shape and type. */
  public static NDArray normal(NDArray x, Seed seed) {
    return one("normal", new double[] {seed.value()}, x);
  }

  /** Uniform samples from [0, 1) in shape and type of x, a function of seed, shape and type. */
  public static NDArray uniform(NDArray x, Seed seed) {
    return one("uniform", new double[] {seed.value()}, x);
  }

  /** Zeroes each element with probability drop and scales the others by 1 / (1 - drop). */
  public static NDArray dropout(NDArray x, double drop, Seed seed) {
    return drop == 0 ? x : one("dropout", new double[] {drop, seed.value()}, x);
  }

  // ---- dispatch --------------------------------------------------------------------------------

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

  // ---- feed-forward ----------------------------------------------------------------------------

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

  // ---- transformer -----------------------------------------------------------------------------

  /** Root-mean-square normalization of the last axis (Zhang and Sennrich 2019). */
  public static NDArray rmsNorm(NDArray x, NDArray weight, double epsilon) {
    return one("rms_norm", new double[] {epsilon}, x, weight);
  }

  /** Layer normalization of the last axis (Ba et al. 2016). */
  public static NDArray layerNorm(NDArray x, NDArray weight, NDArray bias, double epsilon) {
    return one("layer_norm", new double[] {epsilon}, x, weight, bias);
  }

  /**
   * Projects x (B, S, D) to queries, keys and values with one matmul.
   *
   * @param weight (D, (H + 2 G) dh) for H query heads and G key and value heads
   * @return q (B, H, S, dh), k and v (B, G, S, dh)
   */
  public static NDList heads(
      NDArray x, NDArray weight, int heads, int kvHeads, Precision precision) {
    double[] numbers = {heads, kvHeads, precision.torchCode()};
    return Script.instance().call("heads", numbers, x, weight);
  }

  /** Returns {@code x w} for x (.., D) and w (D, F), in the type of x, computed in a precision. */
  public static NDArray linear(NDArray x, NDArray weight, Precision precision) {
    return one("linear", new double[] {precision.torchCode()}, x, weight);
  }

  /** Merges heads: (B, H, S, dh) to (B, S, H dh). */
  public static NDArray mergeHeads(NDArray x) {
    return one("merge_heads", NONE, x);
  }

  /**
   * Scaled dot-product attention with the engine's fused kernel, q (B, H, S, dh) over k and v (B,
   * G, S', dh), where G divides H. If causal and S is below S', the queries are the last S
   * positions.
   *
   * @param precision of the matmuls where it is faster; otherwise that of q
   */
  public static NDArray attention(
      NDArray q, NDArray k, NDArray v, boolean causal, Precision precision) {
    try (NDArray all = q.getManager().zeros(new Shape(0), DataType.BOOLEAN)) {
      return attention(q, k, v, all, causal, precision);
    }
  }

  /**
   * As {@link #attention} with a mask that broadcasts to (B, H, S, S'), true where a query may
   * attend.
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

  /** Attention mask (B, 1, S, S) for padding (B, S): real tokens, and each position itself. */
  public static NDArray paddingMask(NDArray padding) {
    return one("padding_mask", NONE, padding);
  }

  /** Writes x (B, H, S, dh) into a cache (B, H, L, dh) starting at a position, in place. */
  public static void writeCache(NDArray cache, NDArray x, int position) {
    one("write_cache", new double[] {position}, cache, x).close();
  }

  /** Returns the first positions of a cache (B, H, L, dh), sharing its memory. */
  public static NDArray firstPositions(NDArray cache, int count) {
    return one("first_positions", new double[] {count}, cache);
  }

  /** Rotary position embeddings (Su et al. 2021) in Llama's half-split form, x (B, H, S, dh). */
  public static NDArray rotate(NDArray x, double base, long firstPosition) {
    return one("rotate", new double[] {base, firstPosition}, x);
  }

  /** Returns {@code x w^T} for x (.., D) and w (V, D): (.., V). */
  public static NDArray matMulTransposed(NDArray x, NDArray weight) {
    return one("matmul_transposed", NONE, x, weight);
  }

  /**
   * Cross-entropy of logits (N, V) and targets (N), in nats per target (N); 0 for a target of -1.
   */
  public static NDArray crossEntropy(NDArray logits, NDArray targets) {
    return one("cross_entropy", NONE, logits, targets);
  }

  /**
   * Kullback-Leibler divergence of the student's softmax from the teacher's at a temperature, for
   * logits (N, V): (N). Gradients flow to the student only.
   */
  public static NDArray klDivergence(NDArray student, NDArray teacher, double temperature) {
    return one("kl_divergence", new double[] {temperature}, student, teacher);
  }

  /**
   * Returns {@code w + scale a b} for w (.., D, H), a (.., D, r) and b (.., r, H).
   *
   * @param like its manager owns the result
   */
  public static NDArray lowRank(NDArray like, NDArray w, NDArray a, NDArray b, double scale) {
    return one("low_rank", new double[] {scale}, like, w, a, b);
  }

  // ---- export ----------------------------------------------------------------------------------

  /** Writes the script module as a TorchScript archive for use in PyTorch. */
  public static void export(Path file) throws IOException {
    Files.write(file, Script.archive());
  }
}
