package org.jmoe.models.published.deepseek;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Optional;
import org.jmoe.models.family.ExpertFields;
import org.jmoe.models.family.GroupedConfig;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.MappedAttention;
import org.jmoe.models.family.ModelFamily;
import org.jmoe.routing.biased.DeepSeekV3Router;

/**
 * Solar Open (Upstage 2025; Hugging Face {@code solar_open}): the experts and router of DeepSeek-V3
 * in every layer.
 */
public final class SolarOpen implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("solar_open");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("SolarOpenForCausalLM");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 196608)
        .put("hidden_size", 4096)
        .put("moe_intermediate_size", 1280)
        .put("num_hidden_layers", 48)
        .put("num_attention_heads", 64)
        .put("num_key_value_heads", 8)
        .put("n_shared_experts", 1)
        .put("n_routed_experts", 128)
        .put("routed_scaling_factor", 1.0)
        .put("n_group", 1)
        .put("topk_group", 1)
        .put("num_experts_per_tok", 8)
        .put("norm_topk_prob", true)
        .put("max_position_embeddings", 131072)
        .put("rope_theta", 1e6)
        .put("rms_norm_eps", 1e-5)
        .put("head_dim", 128)
        .buildOrThrow();
  }

  @Override
  public ImmutableMap<String, String> aliases() {
    return ImmutableMap.of("n_routed_experts", "num_local_experts");
  }

  @Override
  public Optional<ExpertFields> expertFields() {
    return Optional.of(DeepseekLayers.fields("num_local_experts"));
  }

  @Override
  public HubPlan plan(HubConfig config) {
    boolean bias = config.flag("attention_bias");
    MappedAttention attention =
        MappedAttention.of(GroupedConfig.of(config).bias(bias, false).build());
    DeepSeekV3Router.Spec router = DeepseekLayers.biasedRouter(config);
    return DeepseekLayers.of(config, router)
        .plan(layer -> attention, layer -> true, DeepseekLayers.weighting(router));
  }
}
