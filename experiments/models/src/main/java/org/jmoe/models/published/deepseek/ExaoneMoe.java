package org.jmoe.models.published.deepseek;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Optional;
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
import org.jmoe.transformer.attention.QueryNorm;
import org.jmoe.transformer.attention.Rotary;

/**
 * K-EXAONE (LG AI Research 2026; Hugging Face {@code exaone_moe}): the experts and router of
 * DeepSeek-V3; layers with full attention have no positions.
 */
public final class ExaoneMoe implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("exaone_moe");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("ExaoneMoeForCausalLM", "ExaoneMoEForCausalLM");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 102400)
        .put("hidden_size", 4096)
        .put("intermediate_size", 16384)
        .put("num_hidden_layers", 32)
        .put("num_attention_heads", 32)
        .put("num_key_value_heads", 32)
        .put("max_position_embeddings", 2048)
        .put("rope_theta", 1e4)
        .put("rms_norm_eps", 1e-5)
        .put("moe_intermediate_size", 1024)
        .put("n_routed_experts", 64)
        .put("num_experts_per_tok", 8)
        .put("n_shared_experts", 1)
        .put("norm_topk_prob", true)
        .put("routed_scaling_factor", 2.5)
        .put("n_group", 1)
        .put("topk_group", 1)
        .put("first_k_dense_replace", 1)
        .put("sliding_window", 4096)
        .put("sliding_window_pattern", 4)
        .buildOrThrow();
  }

  @Override
  public ImmutableMap<String, String> aliases() {
    return ImmutableMap.of(
        "n_routed_experts", "num_experts", "n_shared_experts", "num_shared_experts");
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
    int dense = config.integer("first_k_dense_replace", 0);
    DeepSeekV3Router.Spec router = DeepseekLayers.biasedRouter(config);
    MappedMoe moe =
        MappedMoe.of(
                router, config.size("n_routed_experts", 1), config.size("moe_intermediate_size", 1))
            .withBias("mlp.e_score_correction_bias")
            .withShared("mlp.shared_experts", DeepseekLayers.shared(config));
    return new DeepseekLayers(config, moe)
        .plan(
            layer -> attention(config, layer),
            layer -> Fields.isSparse(config, layer, layer >= dense),
            DeepseekLayers.weighting(router));
  }

  private static MappedAttention attention(HubConfig config, int layer) {
    int window = config.integer("sliding_window", 1);
    int every = config.has("layer_types") ? 1 : config.integer("sliding_window_pattern", 1);
    config.ignore("sliding_window_pattern"); // with layer_types
    boolean slides = Fields.isSliding(config, layer, (layer + 1) % every != 0);
    Rotary rotary = new RopeConfig(config).rotary(GroupedConfig.headDim(config), false);
    return MappedAttention.of(
        GroupedConfig.plain(config)
            .norm(QueryNorm.HEAD, Fields.epsilon(config))
            .window(slides ? window : 0)
            .rotary(slides ? rotary : null)
            .build());
  }
}
