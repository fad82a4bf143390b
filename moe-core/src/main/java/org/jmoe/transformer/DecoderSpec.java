package org.jmoe.transformer;

import ai.djl.nn.Block;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.List;
import org.jmoe.layer.MoeLayer;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a published decoder, whose layers need not be alike: pre-norm with RMSNorm, rotary
 * positions, causal.
 *
 * @param vocabulary number of token ids V
 * @param context longest sequence that it was made for; longer ones are computed too
 * @param dim width D
 * @param epsilon of the normalisations
 * @param tied whether the output product is the embedding's transpose
 * @param blocks first to last
 */
public record DecoderSpec(
    int vocabulary, int context, int dim, double epsilon, boolean tied, ImmutableList<Layer> blocks)
    implements ModelSpec {
  /**
   * Settings of a layer.
   *
   * @param attention how tokens see each other
   * @param hidden width of the dense feed-forward; without meaning beside an MoE
   * @param activation of the dense feed-forward
   * @param moe what stands in its place; null for the dense feed-forward
   */
  public record Layer(
      AttentionSpec attention, int hidden, Activation activation, MoeLayer.@Nullable Spec moe) {
    Block feedForward(int dim, Seed seed) {
      return moe == null
          ? new FeedForward(dim, hidden, activation, seed.child("feed_forward"))
          : moe.build(dim, seed.child("moe"));
    }

    long parameters(int dim, boolean active) {
      long own = attention.parameters(dim) + 2L * dim; // and two norms
      if (moe == null) {
        return own + FeedForward.parameters(dim, hidden, activation);
      }
      return own + (active ? moe.activeParameters(dim) : moe.parameters(dim));
    }
  }

  /** Checks the sizes. */
  public DecoderSpec {
    Preconditions.checkArgument(
        vocabulary >= 1 && context >= 1 && dim >= 1,
        "vocabulary, context and dim must be at least 1, not %s, %s, %s",
        vocabulary,
        context,
        dim);
    Preconditions.checkArgument(!blocks.isEmpty(), "a model needs at least one layer");
  }

  @Override
  public int layers() {
    return blocks.size();
  }

  @Override
  public Norm.Kind norm() {
    return Norm.Kind.RMS;
  }

  @Override
  public Positions positions() {
    return Positions.ROTARY;
  }

  @Override
  public boolean causal() {
    return true;
  }

  @Override
  public boolean hasMoe() {
    return blocks.stream().anyMatch(layer -> layer.moe() != null);
  }

  @Override
  public boolean goesBeyondContext() {
    return true;
  }

  @Override
  public DecoderBlock block(int layer, Seed seed) {
    Layer spec = blocks.get(layer);
    return new DecoderBlock(
        new DecoderBlock.Frame(Norm.Kind.RMS, dim, epsilon, 0, false),
        spec.attention().build(dim, layer, seed.child("attention")),
        spec.feedForward(dim, seed),
        seed);
  }

  @Override
  public List<CacheShape> cacheShapes() {
    return blocks.stream().map(l -> l.attention().cacheShape()).toList();
  }

  @Override
  public long parameters() {
    return count(false);
  }

  @Override
  public long activeParameters() {
    return count(true);
  }

  private long count(boolean active) {
    long embeddings = (long) vocabulary * dim * (tied ? 1 : 2);
    return embeddings
        + dim
        + blocks.stream().mapToLong(layer -> layer.parameters(dim, active)).sum();
  }
}
