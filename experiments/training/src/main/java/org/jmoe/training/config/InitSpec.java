package org.jmoe.training.config;

import com.google.common.base.Preconditions;
import org.jmoe.layer.MoeLayer;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Quantisation;
import org.jmoe.transformer.LowRank;
import org.jmoe.transformer.ModelSpec;
import org.jspecify.annotations.Nullable;

/**
 * What a run goes on from.
 *
 * @param weights that it begins with
 * @param lowRank changes that are trained in place of the weights; null to train the weights
 * @param experts in what the experts' weights are held, of which low-rank changes alone are trained
 *     then (QLoRA, Dettmers et al. 2023); null for float32
 */
public record InitSpec(
    InitialWeights weights, LowRank.@Nullable Spec lowRank, @Nullable Quantisation experts) {
  /** All weights are trained. */
  public InitSpec(InitialWeights weights) {
    this(weights, null, null);
  }

  /** A model as its weights are held. */
  ModelSpec held(ModelSpec model) {
    return experts == null ? model : new ModelChange(null, null, experts).of(model);
  }

  /**
   * Checks that a model is the one that has the weights; context, dropout and the settings of its
   * routers may differ.
   */
  void requireFits(ModelSpec model) {
    ModelSpec known = weights.architecture();
    Preconditions.checkArgument(
        known == null || shapes(known).equals(shapes(model)),
        "model is not the one that init.weights belong to; leave model out of run.json to take"
            + " theirs");
  }

  /** What decides a model's parameters. */
  private static ModelSpec shapes(ModelSpec spec) {
    return spec.toBuilder()
        .context(1)
        .dropout(0)
        .blocks(spec.mapMoe(InitSpec::withoutRouter).blocks())
        .build();
  }

  private static MoeLayer.Spec withoutRouter(MoeLayer.Spec moe) {
    return new MoeLayer.Spec(moe.experts(), TopKRouter.Spec.of(1), moe.expert(), moe.shared());
  }
}
