package org.jmoe.training.config;

import com.google.common.base.Preconditions;
import org.jmoe.layer.MoeLayer;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Quantisation;
import org.jmoe.transformer.LowRank;
import org.jmoe.transformer.ModelSpec;
import org.jspecify.annotations.Nullable;

/**
 * Initialization of a run from existing weights.
 *
 * @param weights initial weights
 * @param lowRank low-rank updates to train instead of the weights; null to train the weights
 * @param experts quantization of the expert weights, for which only low-rank updates can be trained
 *     (QLoRA, Dettmers et al. 2023); null for float32
 */
public record InitSpec(
    InitialWeights weights, LowRank.@Nullable Spec lowRank, @Nullable Quantisation experts) {
  /** Creates a spec that trains all weights. */
  public InitSpec(InitialWeights weights) {
    this(weights, null, null);
  }

  /** Returns the model with quantized experts, if this spec asks for them. */
  ModelSpec quantised(ModelSpec model) {
    return experts == null ? model : new ModelChange(null, null, experts).of(model);
  }

  /** Checks that the weights fit a model; context, dropout and router settings may differ. */
  void requireFits(ModelSpec model) {
    ModelSpec known = weights.architecture();
    Preconditions.checkArgument(
        known == null || shapes(known).equals(shapes(model)),
        "model differs from the model of init.weights; remove model from run.json to use theirs");
  }

  /** Returns the spec reduced to what determines the parameters. */
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
