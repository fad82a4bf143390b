package org.jmoe.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.common.primitives.Doubles;
import org.jspecify.annotations.Nullable;

/**
 * The operations that the attention of published models needs beyond {@link Ops}, carried out like
 * those. B sequences, S queries, S' keys, H heads, G key and value heads.
 */
public final class AttentionOps {
  private static final double[] NONE = {};

  private AttentionOps() {}

  private static NDArray one(String method, double[] numbers, NDArray... arrays) {
    return Script.instance().call(method, numbers, arrays).get(0);
  }

  private static NDArray orEmpty(@Nullable NDArray array, NDArray like, DataType type) {
    return array == null ? like.getManager().zeros(new Shape(0), type) : array;
  }

  /**
   * {@code x w + b} for x (.., D), w (D, C) and b (C) or null, in the type of x.
   *
   * @param precision of the matmul
   */
  public static NDArray affine(
      NDArray x, NDArray weight, @Nullable NDArray bias, Precision precision) {
    return bias == null
        ? Ops.linear(x, weight, precision)
        : one("affine", new double[] {precision.torchCode()}, x, weight, bias);
  }

  /** The columns of x (.., C) from a first one on, sharing memory. */
  public static NDArray columns(NDArray x, long first, long count) {
    return one("columns", new double[] {first, count}, x);
  }

  /** The columns of two arrays side by side. */
  public static NDArray joinColumns(NDArray left, NDArray right) {
    return one("join_columns", NONE, left, right);
  }

  /** (B, S, H dh) as (B, H, S, dh). */
  public static NDArray splitHeads(NDArray x, int heads) {
    return one("split_heads", new double[] {heads}, x);
  }

  /** One head for all: (B, 1, S, dh) as (B, H, S, dh), sharing memory. */
  public static NDArray shareHeads(NDArray x, int heads) {
    return one("share_heads", new double[] {heads}, x);
  }

  /**
   * Queries that meet latent vectors rather than the keys made of them: the keys' product taken
   * into the query (DeepSeek-V2, section 2.1.2).
   *
   * @param q (B, H, 1, dp)
   * @param up (rank, H (dp + dv)) what makes keys and values of a latent vector
   * @return (B, H, 1, rank)
   */
  public static NDArray latentQueries(NDArray q, NDArray up) {
    Shape shape = q.getShape();
    long heads = shape.get(1);
    long plain = shape.tail();
    return one("latent_queries", new double[] {heads, plain}, q, up);
  }

  /**
   * Values of latent vectors that attention has mixed.
   *
   * @param mixed (B, H, 1, rank)
   * @param up (rank, H (dp + dv)) what makes keys and values of a latent vector
   * @param plain dp
   * @return (B, H, 1, dv)
   */
  public static NDArray latentValues(NDArray mixed, NDArray up, long plain) {
    long heads = mixed.getShape().get(1);
    return one("latent_values", new double[] {heads, plain}, mixed, up);
  }

  /** Numbers beyond a limit set to it, on both sides of 0. */
  public static NDArray clip(NDArray x, double limit) {
    return one("clip", new double[] {limit}, x);
  }

  /**
   * Rotary positions (Su et al. 2021) by given frequencies.
   *
   * @param x (B, H, S, dh)
   * @param first position of the first of S
   * @param magnitude what cosine and sine are multiplied by
   * @param pairs whether neighbours rotate together and come out as halves, in place of halves
   * @param frequencies (dh / 2) angles a position
   */
  public static NDArray rotate(
      NDArray x, long first, double magnitude, boolean pairs, double[] frequencies) {
    double[] numbers = Doubles.concat(new double[] {first, magnitude, pairs ? 1 : 0}, frequencies);
    return one("rotate_by", numbers, x);
  }

  /**
   * Which keys each query sees.
   *
   * @param like owns the result
   * @param queries S, the last of the keys
   * @param keys S'
   * @param causal whether a query sees no later key
   * @param window how many positions away it sees, its own included; 0 for all
   * @param padding (B, S') of boolean, which no query sees; null for none
   * @return (1 or B, 1, S, S') of boolean
   */
  public static NDArray visible(
      NDArray like,
      long queries,
      long keys,
      boolean causal,
      long window,
      @Nullable NDArray padding) {
    return one(
        "visible",
        new double[] {queries, keys, window, causal ? 1 : 0},
        padding == null ? like.getManager().zeros(new Shape(0), DataType.BOOLEAN) : padding);
  }

  /**
   * Scaled dot-product attention; queries that see nothing get zeros.
   *
   * @param q (B, H, S, dq)
   * @param k (B, G, S', dq)
   * @param v (B, G, S', dv)
   * @param mask (1 or B, 1, S, S') true for what may be seen; null for all, or all before if causal
   * @param sinks (H) logits that take part in the softmax and have no value (gpt-oss); null for
   *     none. They need a mask
   * @param scale what the scores are multiplied by
   * @param causal whether, without a mask, a query sees no later key
   * @param precision of the matmuls
   * @return (B, H, S, dv) in the type of q
   */
  public static NDArray attend(
      NDArray q,
      NDArray k,
      NDArray v,
      @Nullable NDArray mask,
      @Nullable NDArray sinks,
      double scale,
      boolean causal,
      Precision precision) {
    return one(
        "attend",
        new double[] {scale, causal ? 1 : 0, Double.NEGATIVE_INFINITY, precision.torchCode()},
        q,
        k,
        v,
        orEmpty(mask, q, DataType.BOOLEAN),
        orEmpty(sinks, q, q.getDataType()));
  }
}
