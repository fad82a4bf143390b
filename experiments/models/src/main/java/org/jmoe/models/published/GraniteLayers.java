package org.jmoe.models.published;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.jmoe.layer.MoeLayer;
import org.jmoe.models.family.DecoderLayers;
import org.jmoe.models.family.DecoderTensors;
import org.jmoe.models.family.ExpertFields;
import org.jmoe.models.family.Fields;
import org.jmoe.models.family.GroupedConfig;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.MappedAttention;
import org.jmoe.models.family.MappedMoe;
import org.jmoe.models.family.SoftmaxTopK;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.transformer.Multipliers;

/** Layers of Granite MoE models, whose experts are stored as two stacks. */
final class GraniteLayers {
  /** Defaults of Transformers that both models share. */
  static final ImmutableMap<String, Object> DEFAULTS =
      ImmutableMap.<String, Object>builder()
          .put("vocab_size", 32000)
          .put("hidden_size", 4096)
          .put("intermediate_size", 11008)
          .put("num_hidden_layers", 32)
          .put("num_attention_heads", 32)
          .put("max_position_embeddings", 2048)
          .put("rope_theta", 1e4)
          .put("rms_norm_eps", 1e-6)
          .put("num_local_experts", 8)
          .put("num_experts_per_tok", 2)
          .put("embedding_multiplier", 1.0)
          .put("logits_scaling", 1.0)
          .put("residual_multiplier", 1.0)
          .put("attention_multiplier", 1.0)
          .buildOrThrow();

  /** Fields of the experts. */
  static final ExpertFields EXPERTS =
      ExpertFields.of(ImmutableList.of("num_local_experts"), "intermediate_size");

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
    MoeLayer.Spec moe =
        MappedMoe.of(router, experts, hidden)
            .withShared("shared_mlp", shared)
            .spec(Fields.gated(config));
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

  private static Multipliers multipliers(HubConfig config) {
    return new Multipliers(
        config.positive("embedding_multiplier"),
        config.positive("residual_multiplier"),
        1 / config.positive("logits_scaling"));
  }
}
