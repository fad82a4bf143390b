package org.jmoe.models.published;

import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.SharedSpec;
import org.jmoe.models.family.DecoderLayers;
import org.jmoe.models.family.DecoderTensors;
import org.jmoe.models.family.Fields;
import org.jmoe.models.family.GroupedConfig;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.MappedAttention;
import org.jmoe.models.family.SoftmaxTopK;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Activation;
import org.jmoe.transformer.Multipliers;

/** Layers of Granite MoE models, whose experts are stored as two stacks. */
final class GraniteLayers {
  private GraniteLayers() {}

  /**
   * Returns the plan.
   *
   * @param shared width of the shared expert; 0 for none
   */
  static HubPlan plan(HubConfig config, int shared) {
    boolean bias = config.flag("attention_bias");
    double scale = config.positive("attention_multiplier"); // replaces 1 / sqrt(head width)
    MappedAttention attention =
        MappedAttention.of(
            GroupedConfig.of(config)
                .bias(bias, bias)
                .scoreFactor(scale * Math.sqrt(GroupedConfig.headDim(config)))
                .build());
    int dim = config.size("hidden_size", 1);
    int experts = config.size("num_local_experts", 1);
    int hidden = config.size("intermediate_size", 1);
    TopKRouter.Spec router = SoftmaxTopK.of(Fields.expertsPerToken(config, experts), true);
    MoeLayer.Spec moe = moe(config, router, experts, hidden, shared);
    DecoderLayers layers = new DecoderLayers(config);
    for (int i = 0; i < Fields.layers(config); i++) {
      layers.moe(
          attention,
          moe,
          (tensors, layer) -> {
            String block = "block_sparse_moe.";
            tensors.router(layer, experts, block + "router.layer.weight", block + "router.weight");
            tensors.stacks(
                layer,
                block + "input_linear.weight",
                block + "output_linear.weight",
                experts,
                hidden);
            if (shared > 0) {
              String prefix = DecoderTensors.tensorPrefix(layer) + "shared_mlp.";
              String parameter = DecoderTensors.parameterPrefix(layer) + "moe/shared/expert/";
              tensors.matrix(prefix + "input_linear.weight", parameter + "in", 2 * shared, dim);
              tensors.matrix(prefix + "output_linear.weight", parameter + "out", dim, shared);
            }
          });
    }
    HubPlan plan = layers.plan(SoftmaxTopK.describe(router)).withRouters("block_sparse_moe.router");
    return plan.withSpec(plan.spec().toBuilder().multipliers(multipliers(config)).build());
  }

  private static MoeLayer.Spec moe(
      HubConfig config, TopKRouter.Spec router, int experts, int hidden, int shared) {
    Activation activation = Fields.gated(config);
    return new MoeLayer.Spec(
        experts,
        router,
        new FeedForwardExperts.Spec(hidden, activation, false, 0),
        shared == 0
            ? null
            : new SharedSpec(
                new FeedForwardExperts.Spec(shared, activation, false, 0), SharedSpec.Mix.SUM));
  }

  private static Multipliers multipliers(HubConfig config) {
    return new Multipliers(
        config.positive("embedding_multiplier"),
        config.positive("residual_multiplier"),
        1 / config.positive("logits_scaling"));
  }
}
