package org.jmoe.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/**
 * Tensor operations of transformers: norms, heads, attention and losses, implemented like those of
 * {@link Ops}. {@link AttentionOps} has those of published models.
 */
public final class TransformerOps {
  private static final double[] NONE = {};

  private TransformerOps() {}

  private static NDArray one(String method, double[] numbers, NDArray... arrays) {
    return Script.instance().call(method, numbers, arrays).get(0);
  }

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
}
