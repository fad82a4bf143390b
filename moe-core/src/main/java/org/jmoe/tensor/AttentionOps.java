package org.jmoe.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.common.primitives.Doubles;
import org.jspecify.annotations.Nullable;

/**
 * Tensor operations for the attention of published models, implemented like those of {@link Ops}.
 * Axes: B sequences, S queries, S' keys, H query heads, G key and value heads.
 */
public final class AttentionOps {
  private static final double[] NONE = {};

  private AttentionOps() {}

  /**
   * How {@link #attend} computes scores.
   *
   * @param scale factor applied to the scores
   * @param causal whether later keys are masked if there is no mask
   * @param precision of the matmuls
   */
  public record Scores(double scale, boolean causal, Precision precision) {
    private double[] numbers() {
      return new double[] {scale, causal ? 1 : 0, Double.NEGATIVE_INFINITY, precision.torchCode()};
    }
  }

  /**
   * Which positions {@link #attentionMask} allows.
   *
   * @param queries S; they are the last S of the S' positions
   * @param keys S'
   * @param causal whether later keys are masked
   * @param window size of the sliding window, including the query's own position; 0 for unlimited
   */
  public record Span(long queries, long keys, boolean causal, long window) {}

  private static NDArray one(String method, double[] numbers, NDArray... arrays) {
    return Script.instance().call(method, numbers, arrays).get(0);
  }

  private static NDArray orEmpty(@Nullable NDArray array, NDArray like, DataType type) {
    return array == null ? like.getManager().zeros(new Shape(0), type) : array;
  }

  /**
   * Returns {@code x w + b} in the type of x.
   *
   * @param x (.., D)
   * @param weight (D, C)
   * @param bias (C), or null for none
   * @param precision of the matmul
   */
  public static NDArray affine(
      NDArray x, NDArray weight, @Nullable NDArray bias, Precision precision) {
    return bias == null
        ? TransformerOps.linear(x, weight, precision)
        : one("affine", new double[] {precision.torchCode()}, x, weight, bias);
  }

  /** Returns columns first to first + count of x (.., C), sharing memory. */
  public static NDArray columns(NDArray x, long first, long count) {
    return one("columns", new double[] {first, count}, x);
  }

  /** Concatenates two arrays along the last axis. */
  public static NDArray joinColumns(NDArray left, NDArray right) {
    return one("join_columns", NONE, left, right);
  }

  /** Splits heads: (B, S, H dh) to (B, H, S, dh). */
  public static NDArray splitHeads(NDArray x, int heads) {
    return one("split_heads", new double[] {heads}, x);
  }

  /** Expands a single head to all heads: (B, 1, S, dh) to (B, H, S, dh), sharing memory. */
  public static NDArray shareHeads(NDArray x, int heads) {
    return one("share_heads", new double[] {heads}, x);
  }

  /**
   * Absorbs the key up-projection into the queries, so that they attend to latent vectors directly
   * (DeepSeek-V2, section 2.1.2).
   *
   * @param q (B, H, 1, dp)
   * @param up (rank, H (dp + dv)) up-projection from latent vectors to keys and values
   * @return (B, H, 1, rank)
   */
  public static NDArray latentQueries(NDArray q, NDArray up) {
    Shape shape = q.getShape();
    long heads = shape.get(1);
    long plain = shape.tail();
    return one("latent_queries", new double[] {heads, plain}, q, up);
  }

  /**
   * Applies the value up-projection to attention-weighted latent vectors.
   *
   * @param mixed (B, H, 1, rank) attention-weighted latent vectors
   * @param up (rank, H (dp + dv)) up-projection from latent vectors to keys and values
   * @param plain dp
   * @return (B, H, 1, dv)
   */
  public static NDArray latentValues(NDArray mixed, NDArray up, long plain) {
    long heads = mixed.getShape().get(1);
    return one("latent_values", new double[] {heads, plain}, mixed, up);
  }

  /** Clamps x to [-limit, limit]. */
  public static NDArray clip(NDArray x, double limit) {
    return one("clip", new double[] {limit}, x);
  }

  /**
   * Applies rotary position embeddings (Su et al. 2021) with the given frequencies.
   *
   * @param x (B, H, S, dh)
   * @param first position of the first query
   * @param magnitude factor applied to cosine and sine
   * @param pairs whether adjacent elements rotate together (the output is in half-split order)
   *     instead of the two halves
   * @param frequencies (dh / 2) radians per position
   */
  public static NDArray rotate(
      NDArray x, long first, double magnitude, boolean pairs, double[] frequencies) {
    double[] numbers = Doubles.concat(new double[] {first, magnitude, pairs ? 1 : 0}, frequencies);
    return one("rotate_by", numbers, x);
  }

  /**
   * Applies {@link #rotate} at given positions.
   *
   * @param positions (B, S) of int64
   */
  public static NDArray rotateAt(
      NDArray x, NDArray positions, double magnitude, boolean pairs, double[] frequencies) {
    double[] numbers = Doubles.concat(new double[] {magnitude, pairs ? 1 : 0}, frequencies);
    return one("rotate_by_at", numbers, x, positions);
  }

  /**
   * Applies {@link TransformerOps#rotate} at given positions.
   *
   * @param positions (B, S) of int64
   */
  public static NDArray rotateAt(NDArray x, NDArray positions, double base) {
    return one("rotate_at", new double[] {base}, x, positions);
  }

  /**
   * Returns the document index of each token, from 0 in each sequence. A separator is the last
   * token of its document.
   *
   * @param ids (B, S) of int64
   * @return (B, S) of int64
   */
  public static NDArray documents(NDArray ids, int separator) {
    return one("documents", new double[] {separator}, ids);
  }

  /**
   * Returns the position of each token in its document, from 0.
   *
   * @param documents (B, S) of {@link #documents}
   * @return (B, S) of int64
   */
  public static NDArray documentPositions(NDArray documents) {
    return one("document_positions", NONE, documents);
  }

  /**
   * Builds an attention mask, true where a query may attend to a key.
   *
   * @param like its manager owns the result
   * @param padding (B, S') of boolean, true for masked keys; null for none
   * @param documents (B, S') of int64, document index of each position; queries attend only within
   *     their document; null for one document. Requires S = S'
   * @return (1 or B, 1, S, S') of boolean
   */
  public static NDArray attentionMask(
      NDArray like, Span span, @Nullable NDArray padding, @Nullable NDArray documents) {
    return one(
        "attention_mask",
        new double[] {span.queries(), span.keys(), span.window(), span.causal() ? 1 : 0},
        orEmpty(padding, like, DataType.BOOLEAN),
        orEmpty(documents, like, DataType.INT64));
  }

  /**
   * Scaled dot-product attention. A query whose keys are all masked returns zeros.
   *
   * @param q (B, H, S, dq)
   * @param k (B, G, S', dq)
   * @param v (B, G, S', dv)
   * @param mask (1 or B, 1, S, S') true where a query may attend; null for no mask beyond {@code
   *     causal}
   * @param sinks (H) attention sink logits, which take part in the softmax but have no value
   *     (gpt-oss); null for none. They require a mask
   * @return (B, H, S, dv) in the type of q
   */
  public static NDArray attend(
      NDArray q,
      NDArray k,
      NDArray v,
      @Nullable NDArray mask,
      @Nullable NDArray sinks,
      Scores scores) {
    return one(
        "attend",
        scores.numbers(),
        q,
        k,
        v,
        orEmpty(mask, q, DataType.BOOLEAN),
        orEmpty(sinks, q, q.getDataType()));
  }
}
