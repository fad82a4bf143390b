package org.jmoe.training.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.experts.QuantisedExperts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RouterSpec;
import org.jmoe.tensor.Quantisation;
import org.jmoe.transformer.ModelSpec;
import org.jspecify.annotations.Nullable;

/**
 * What of a model is otherwise than it was trained: more or fewer experts a token, slots an expert,
 * bits a weight.
 *
 * @param k experts a token; null for as many as it was
 * @param capacity factor of the slots in evaluation; null for what it was
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
   * @throws IllegalArgumentException when the model has no experts, or its router no such setting
   */
  public ModelSpec of(ModelSpec spec, RunJson json) {
    if (isNone()) {
      return spec;
    }
    if (!spec.hasMoe()) {
      throw new IllegalArgumentException("The model has no experts of which k could be changed.");
    }
    return spec.mapMoe(moe -> of(moe, json));
  }

  private MoeLayer.Spec of(MoeLayer.Spec moe, RunJson json) {
    ObjectNode router = json.tree(moe.router());
    if (k != null) {
      require(router.has("k"), moe.router(), "k");
      router.put("k", k.intValue());
    }
    if (capacity != null) {
      require(router.path("capacity").has("evalFactor"), moe.router(), "capacity");
      ((ObjectNode) router.get("capacity")).put("evalFactor", capacity.doubleValue());
    }
    return new MoeLayer.Spec(
        moe.experts(), json.read(router, RouterSpec.class), held(moe.expert()), moe.shared());
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

  private static void require(boolean there, RouterSpec router, String what) {
    if (!there) {
      throw new IllegalArgumentException(
          "The router %s has no %s to change."
              .formatted(router.getClass().getEnclosingClass().getSimpleName(), what));
    }
  }
}
