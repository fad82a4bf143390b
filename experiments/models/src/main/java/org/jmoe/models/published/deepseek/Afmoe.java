package org.jmoe.models.published.deepseek;

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
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.transformer.Multipliers;
import org.jmoe.transformer.NormPlacement;
import org.jmoe.transformer.attention.QueryNorm;
import org.jmoe.transformer.attention.Rotary;

/**
 * Trinity (Arcee 2025; Hugging Face {@code afmoe}): inputs and outputs normalized, gated attention,
 * no positions in layers with full attention, and sigmoid routing with a correction bias.
 */
public final class Afmoe implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("afmoe");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("AfmoeForCausalLM");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 200192)
        .put("hidden_size", 2048)
        .put("intermediate_size", 6144)
        .put("num_hidden_layers", 32)
        .put("num_attention_heads", 16)
        .put("max_position_embeddings", 16384)
        .put("rope_theta", 1e4)
        .put("rms_norm_eps", 1e-5)
        .put("head_dim", 128)
        .put("moe_intermediate_size", 1408)
        .put("num_dense_layers", 1)
        .put("n_routed_experts", 64)
        .put("num_experts_per_tok", 6)
        .put("n_shared_experts", 2)
        .put("norm_topk_prob", true)
        .put("routed_scaling_factor", 1.0)
        .put("n_group", 1)
        .put("topk_group", 1)
        .put("global_attn_every_n_layers", 4)
        .put("sliding_window", 1024)
        .buildOrThrow();
  }

  @Override
  public ImmutableMap<String, String> aliases() {
    return ImmutableMap.of(
        "n_routed_experts",
        "num_experts",
        "n_shared_experts",
        "num_shared_experts",
        "routed_scaling_factor",
        "route_scale",
        "norm_topk_prob",
        "route_norm",
        "scoring_func",
        "score_func");
  }

  @Override
  public Optional<ExpertFields> expertFields() {
    return Optional.of(
        ExpertFields.of(
                ImmutableList.of("num_experts", "n_routed_experts"), "moe_intermediate_size")
            .withShared("num_shared_experts"));
  }

  @Override
  public HubPlan plan(HubConfig config) {
    config.only("norm_topk_prob", "true");
    int dense = config.integer("num_dense_layers", 0);
    DeepSeekV3Router.Spec router = DeepseekLayers.biasedRouter(config);
    MappedMoe moe =
        MappedMoe.of(
                router, config.size("n_routed_experts", 1), config.size("moe_intermediate_size", 1))
            .withGates("mlp.router.gate.weight")
            .withBias("mlp.expert_bias")
            .withShared("mlp.shared_experts", DeepseekLayers.shared(config));
    DecoderLayers layers = new DecoderLayers(config, NormPlacement.BOTH);
    for (int i = 0; i < Fields.layers(config); i++) {
      if (i >= dense) {
        layers.moe(attention(config, i), moe);
      } else {
        layers.dense(attention(config, i));
      }
    }
    HubPlan plan = layers.plan(DeepseekLayers.weighting(router)).withRouters("mlp.router");
    double embedding = config.flag("mup_enabled") ? Math.sqrt(config.size("hidden_size", 1)) : 1;
    return plan.withSpec(
        plan.spec().toBuilder().multipliers(new Multipliers(embedding, 1, 1)).build());
  }

  private static MappedAttention attention(HubConfig config, int layer) {
    boolean bias = config.flag("attention_bias");
    int every = config.integer("global_attn_every_n_layers", 1);
    boolean slides = Fields.isSliding(config, layer, (layer + 1) % every != 0);
    int window = config.integerOr("sliding_window", 1, 0);
    Rotary rotary = new RopeConfig(config).rotary(GroupedConfig.headDim(config), false);
    return MappedAttention.of(
        GroupedConfig.plain(config)
            .bias(bias, bias)
            .norm(QueryNorm.HEAD, Fields.epsilon(config))
            .gated(true)
            .window(slides ? window : 0)
            .rotary(slides ? rotary : null)
            .build());
  }
}
