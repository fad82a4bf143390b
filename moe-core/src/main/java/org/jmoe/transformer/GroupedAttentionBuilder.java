package org.jmoe.transformer;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import org.jspecify.annotations.Nullable;

/** Names the settings of a {@link GroupedAttention}. */
public final class GroupedAttentionBuilder {
  private final int heads;
  private final int kvHeads;
  private int headDim;
  private boolean bias;
  private boolean outBias;
  private GroupedAttention.QueryNorm norm = GroupedAttention.QueryNorm.NONE;
  private double epsilon = 1e-5;
  private double clip = Double.POSITIVE_INFINITY;
  private int window;
  private boolean sinks;
  private @Nullable Rotary rotary = Rotary.of(10_000);

  GroupedAttentionBuilder(int heads, int kvHeads) {
    this.heads = heads;
    this.kvHeads = kvHeads;
  }

  /** Width of each head; 0 for the model's width by the number of heads. */
  @CanIgnoreReturnValue
  public GroupedAttentionBuilder headDim(int width) {
    headDim = width;
    return this;
  }

  /** Whether queries, keys and values have a bias, and whether the output has one. */
  @CanIgnoreReturnValue
  public GroupedAttentionBuilder bias(boolean in, boolean out) {
    bias = in;
    outBias = out;
    return this;
  }

  /** How queries and keys are normalised. */
  @CanIgnoreReturnValue
  public GroupedAttentionBuilder norm(GroupedAttention.QueryNorm over, double withEpsilon) {
    norm = over;
    epsilon = withEpsilon;
    return this;
  }

  /** Largest absolute value in queries, keys and values. */
  @CanIgnoreReturnValue
  public GroupedAttentionBuilder clip(double limit) {
    clip = limit;
    return this;
  }

  /** How many positions away a token sees; 0 for all. */
  @CanIgnoreReturnValue
  public GroupedAttentionBuilder window(int positions) {
    window = positions;
    return this;
  }

  /** Whether each head has a logit without a value. */
  @CanIgnoreReturnValue
  public GroupedAttentionBuilder sinks(boolean each) {
    sinks = each;
    return this;
  }

  /** Rotary positions; null for none. */
  @CanIgnoreReturnValue
  public GroupedAttentionBuilder rotary(@Nullable Rotary positions) {
    rotary = positions;
    return this;
  }

  /** The settings. */
  public GroupedAttention.Spec build() {
    return new GroupedAttention.Spec(
        heads, kvHeads, headDim, bias, outBias, norm, epsilon, clip, window, sinks, rotary);
  }
}
