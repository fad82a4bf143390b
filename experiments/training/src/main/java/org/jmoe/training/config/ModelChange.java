package org.jmoe.training.config;

import com.google.common.base.Preconditions;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.experts.QuantisedExperts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.tensor.Quantisation;
import org.jmoe.transformer.ModelSpec;
import org.jspecify.annotations.Nullable;

/**
 * Changes to a trained model: experts per token, capacity, and the format of its weights.
 *
 * @param k experts per token; null for the model's
 * @param capacity capacity factor in evaluation; null for the model's
 * @param experts in what its experts' weights are held; null for what all weights are held in
 * @param half whether weights are held in float16 ({@link org.jmoe.tensor.HalfWeights}) in place of
 *     float32
 */
public record ModelChange(
    @Nullable Integer k, @Nullable Double capacity, @Nullable Quantisation experts, boolean half) {
  /** All weights as float32. */
  public ModelChange(
      @Nullable Integer k, @Nullable Double capacity, @Nullable Quantisation experts) {
    this(k, capacity, experts, false);
  }

  /** Nothing changed. */
  public static ModelChange none() {
    return new ModelChange(null, null, null);
  }

  private boolean isNone() {
    return k == null && capacity == null && experts == null;
  }

  /**
   * A model's settings with the change in every MoE layer.
   *
   * @throws IllegalArgumentException when the model has no MoE layer, or its router no such setting
   */
  public ModelSpec of(ModelSpec spec) {
    if (isNone()) {
      return spec;
    }
    if (!spec.hasMoe()) {
      throw new IllegalArgumentException(
          "Cannot set k, capacity or experts: the model has no MoE layer.");
    }
    return spec.mapMoe(this::of);
  }

  private MoeLayer.Spec of(MoeLayer.Spec moe) {
    RouterSpec router = moe.router();
    if (k != null) {
      router = router.withK(k);
      int most = router.largestK(moe.experts());
      Preconditions.checkArgument(
          k <= most,
          "Cannot set k to %s: with %s experts, this router allows at most %s.",
          k,
          moe.experts(),
          most);
    }
    if (capacity != null) {
      // A router without a capacity refuses any.
      Capacity now = router.capacity() == null ? Capacity.dropless() : router.capacity();
      router = router.withCapacity(now.withEvalFactor(capacity));
    }
    return new MoeLayer.Spec(moe.experts(), router, held(moe.expert()), moe.shared());
  }

  private ExpertsSpec held(ExpertsSpec expert) {
    if (experts == null) {
      return expert;
    }
    if (!(expert instanceof FeedForwardExperts.Spec plain)) {
      throw new IllegalArgumentException("Experts other than feed-forwards cannot be quantised.");
    }
    return new QuantisedExperts.Spec(plain, experts);
  }
}
