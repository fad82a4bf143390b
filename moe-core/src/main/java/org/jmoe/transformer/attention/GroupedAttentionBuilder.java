package org.jmoe.transformer.attention;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import org.jspecify.annotations.Nullable;

/** Builder of {@link GroupedAttention.Spec}. */
public final class GroupedAttentionBuilder {
  private final int heads;
  private final int kvHeads;
  private int headDim;
  private boolean bias;
  private boolean outBias;
  private QueryNorm norm = QueryNorm.NONE;
  private double epsilon = 1e-5;
  private double clip = Double.POSITIVE_INFINITY;
  private int window;
  private boolean sinks;
  private boolean gated;
  private double scoreFactor = 1;
  private @Nullable Rotary rotary = Rotary.of(10_000);

  GroupedAttentionBuilder(int heads, int kvHeads) {
    this.heads = heads;
    this.kvHeads = kvHeads;
  }

  /** Sets the head width; 0 for the model width divided by the number of heads. */
  @CanIgnoreReturnValue
  public GroupedAttentionBuilder headDim(int width) {
    headDim = width;
    return this;
  }

  /**
   * Sets whether queries, keys and values have a bias, and whether the output projection has one.
   */
  @CanIgnoreReturnValue
  public GroupedAttentionBuilder bias(boolean in, boolean out) {
    bias = in;
    outBias = out;
    return this;
  }

  /** Sets the normalization of queries and keys. */
  @CanIgnoreReturnValue
  public GroupedAttentionBuilder norm(QueryNorm over, double withEpsilon) {
    norm = over;
    epsilon = withEpsilon;
    return this;
  }

  /** Sets the maximum absolute value of queries, keys and values. */
  @CanIgnoreReturnValue
  public GroupedAttentionBuilder clip(double limit) {
    clip = limit;
    return this;
  }

  /** Sets the size of the sliding window; 0 for unlimited. */
  @CanIgnoreReturnValue
  public GroupedAttentionBuilder window(int positions) {
    window = positions;
    return this;
  }

  /** Sets whether each head has a learned sink logit. */
  @CanIgnoreReturnValue
  public GroupedAttentionBuilder sinks(boolean each) {
    sinks = each;
    return this;
  }

  /** Sets whether the output is gated by a projection of the input. */
  @CanIgnoreReturnValue
  public GroupedAttentionBuilder gated(boolean gate) {
    gated = gate;
    return this;
  }

  /** Sets the factor on the scores in addition to 1 / sqrt(dh). */
  @CanIgnoreReturnValue
  public GroupedAttentionBuilder scoreFactor(double factor) {
    scoreFactor = factor;
    return this;
  }

  /** Sets the rotary position embeddings; null for none. */
  @CanIgnoreReturnValue
  public GroupedAttentionBuilder rotary(@Nullable Rotary positions) {
    rotary = positions;
    return this;
  }

  /** Builds the settings. */
  public GroupedAttention.Spec build() {
    return new GroupedAttention.Spec(
        heads,
        kvHeads,
        headDim,
        bias,
        outBias,
        norm,
        epsilon,
        clip,
        window,
        sinks,
        gated,
        scoreFactor,
        rotary);
  }
}
