package org.jmoe.transformer;

import java.util.List;
import org.jmoe.tensor.Seed;

/**
 * A model whose weights are frozen and changed by {@link LowRank} factors.
 *
 * @param base the model itself
 * @param lowRank the factors
 */
public record AdaptedSpec(ModelSpec base, LowRank.Spec lowRank) implements ModelSpec {
  @Override
  public int vocabulary() {
    return base.vocabulary();
  }

  @Override
  public int context() {
    return base.context();
  }

  @Override
  public int layers() {
    return base.layers();
  }

  @Override
  public int dim() {
    return base.dim();
  }

  @Override
  public Norm.Kind norm() {
    return base.norm();
  }

  @Override
  public double epsilon() {
    return base.epsilon();
  }

  @Override
  public Positions positions() {
    return base.positions();
  }

  @Override
  public boolean causal() {
    return base.causal();
  }

  @Override
  public boolean hasMoe() {
    return base.hasMoe();
  }

  @Override
  public boolean tied() {
    return base.tied();
  }

  @Override
  public boolean goesBeyondContext() {
    return base.goesBeyondContext();
  }

  @Override
  public DecoderBlock block(int layer, Seed seed) {
    return base.block(layer, seed);
  }

  @Override
  public List<CacheShape> cacheShapes() {
    return base.cacheShapes();
  }

  @Override
  public long parameters() {
    return build(Seed.of(0)).getParameters().values().stream()
        .mapToLong(parameter -> parameter.getShape().size())
        .sum();
  }

  /** Those of the base: the factors can be merged into its weights. */
  @Override
  public long activeParameters() {
    return base.activeParameters();
  }
}
