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
 * Inference-time changes to a trained model: experts per token, capacity factor and weight format.
 *
 * @param k experts per token; null to keep the model's value
 * @param capacity capacity factor in evaluation; null to keep the model's value
 * @param experts quantization of the expert weights; null for the format of the other weights
 * @param half whether to store weights in float16 ({@link org.jmoe.tensor.HalfWeights}) instead of
 *     float32
 */
public record ModelChange(
    @Nullable Integer k, @Nullable Double capacity, @Nullable Quantisation experts, boolean half) {
  /** Creates a change with float32 weights. */
  public ModelChange(
      @Nullable Integer k, @Nullable Double capacity, @Nullable Quantisation experts) {
    this(k, capacity, experts, false);
  }

  /** Returns a change that keeps everything. */
  public static ModelChange none() {
    return new ModelChange(null, null, null);
  }

  private boolean isNone() {
    return k == null && capacity == null && experts == null;
  }

  /**
   * Applies the change to every MoE layer of a model.
   *
   * @throws IllegalArgumentException if the model has no MoE layer, or its router does not support
   *     the setting
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
      int maxK = router.largestK(moe.experts());
      Preconditions.checkArgument(
          k <= maxK,
          "Cannot set k to %s: with %s experts, this router allows at most %s.",
          k,
          moe.experts(),
          maxK);
    }
    if (capacity != null) {
      // Routers without a capacity reject this.
      Capacity now = router.capacity() == null ? Capacity.dropless() : router.capacity();
      router = router.withCapacity(now.withEvalFactor(capacity));
    }
    return new MoeLayer.Spec(moe.experts(), router, quantised(moe.expert()), moe.shared());
  }

  private ExpertsSpec quantised(ExpertsSpec expert) {
    if (experts == null) {
      return expert;
    }
    if (!(expert instanceof FeedForwardExperts.Spec plain)) {
      throw new IllegalArgumentException("Only feed-forward experts can be quantised.");
    }
    return new QuantisedExperts.Spec(plain, experts);
  }
}
