package org.jmoe.models.published;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Optional;
import org.jmoe.models.family.DecoderLayers;
import org.jmoe.models.family.ExpertFields;
import org.jmoe.models.family.Fields;
import org.jmoe.models.family.GroupedConfig;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.MappedAttention;
import org.jmoe.models.family.MappedMoe;
import org.jmoe.models.family.ModelFamily;
import org.jmoe.models.family.RopeConfig;
import org.jmoe.models.family.SoftmaxTopK;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.transformer.attention.QueryNorm;
import org.jmoe.transformer.attention.Rotary;
import org.jmoe.transformer.attention.RotaryScaling;

/**
 * Mellum 2 (JetBrains 2026; Hugging Face {@code mellum}): Qwen3-MoE with sliding windows, rotary
 * positions by type of layer and a list of dense layers.
 */
final class Mellum implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("mellum");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("MellumForCausalLM");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 98304)
        .put("hidden_size", 2304)
        .put("intermediate_size", 7168)
        .put("moe_intermediate_size", 896)
        .put("num_hidden_layers", 28)
        .put("num_attention_heads", 32)
        .put("num_key_value_heads", 4)
        .put("head_dim", 128)
        .put("num_experts", 64)
        .put("num_experts_per_tok", 8)
        .put("norm_topk_prob", true)
        .put("sliding_window", 1024)
        .put("max_position_embeddings", 131072)
        .put("rms_norm_eps", 1e-6)
        .buildOrThrow();
  }

  @Override
  public ImmutableMap<String, String> aliases() {
    return ImmutableMap.of("num_experts", "num_local_experts");
  }

  @Override
  public Optional<ExpertFields> expertFields() {
    return Optional.of(
        ExpertFields.of(
            ImmutableList.of("num_experts", "num_local_experts"), "moe_intermediate_size"));
  }

  @Override
  public HubPlan plan(HubConfig config) {
    config.only("scoring_func", "softmax");
    boolean bias = config.flag("attention_bias");
    int experts = config.size("num_experts", 1);
    TopKRouter.Spec router =
        new TopKRouter.Spec(
            Fields.expertsPerToken(config, experts),
            config.flag("norm_topk_prob"),
            Capacity.dropless());
    MappedMoe moe = MappedMoe.of(router, experts, config.size("moe_intermediate_size", 1));
    DecoderLayers layers = new DecoderLayers(config);
    for (int i = 0; i < Fields.layers(config); i++) {
      boolean slides = Fields.isSliding(config, i, false);
      MappedAttention attention =
          MappedAttention.of(
              GroupedConfig.plain(config)
                  .bias(bias, bias)
                  .norm(QueryNorm.HEAD, Fields.epsilon(config))
                  .window(slides ? config.integer("sliding_window", 1) : 0)
                  .rotary(rotary(config, slides))
                  .build());
      if (Fields.isSparse(config, i, true)) {
        layers.moe(attention, moe);
      } else {
        layers.dense(attention);
      }
    }
    config.ignore("sliding_window"); // without sliding layers
    return layers.plan(SoftmaxTopK.describe(router));
  }

  private static Rotary rotary(HubConfig config, boolean slides) {
    int headDim = GroupedConfig.headDim(config);
    if (RopeConfig.isAbsent(config)) {
      return Rotary.upstream(headDim, slides ? 1e4 : 5e5, false, new RotaryScaling.None());
    }
    String type = slides ? "sliding_attention" : "full_attention";
    return RopeConfig.ofLayerType(config, type).rotary(headDim, false);
  }
}
