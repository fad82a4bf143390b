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
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.transformer.attention.QueryNorm;

/**
 * Hy3 (Tencent 2026; Hugging Face {@code hy_v3}): the attention of Qwen3 and a router as that of
 * DeepSeek-V3 without groups.
 */
public final class HyV3 implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("hy_v3");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("HYV3ForCausalLM");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 120832)
        .put("hidden_size", 4096)
        .put("intermediate_size", 13312)
        .put("moe_intermediate_size", 1536)
        .put("num_hidden_layers", 80)
        .put("num_attention_heads", 64)
        .put("num_key_value_heads", 8)
        .put("n_shared_experts", 1)
        .put("n_routed_experts", 192)
        .put("routed_scaling_factor", 2.826)
        .put("n_group", 1)
        .put("topk_group", 1)
        .put("num_experts_per_tok", 8)
        .put("norm_topk_prob", true)
        .put("max_position_embeddings", 131072)
        .put("rope_theta", 11_158_840.0)
        .put("rms_norm_eps", 1e-5)
        .put("head_dim", 128)
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
        "router_scaling_factor");
  }

  @Override
  public Optional<ExpertFields> expertFields() {
    return Optional.of(
        ExpertFields.of(
                ImmutableList.of("num_experts", "num_local_experts"), "moe_intermediate_size")
            .withShared("num_shared_experts"));
  }

  @Override
  public HubPlan plan(HubConfig config) {
    config.ignore("enable_moe_fp32_combine"); // jmoe computes in float32
    boolean bias = config.flag("attention_bias");
    MappedAttention attention =
        MappedAttention.of(
            GroupedConfig.of(config)
                .bias(bias, bias)
                .norm(QueryNorm.HEAD, Fields.epsilon(config))
                .build());
    DeepSeekV3Router.Spec router = DeepseekLayers.biasedRouter(config);
    MappedMoe moe =
        MappedMoe.of(
                router, config.size("n_routed_experts", 1), config.size("moe_intermediate_size", 1))
            .withGates("mlp.router.gate.weight", "mlp.gate.weight")
            .withBias("mlp.expert_bias")
            .withShared("mlp.shared_mlp", DeepseekLayers.shared(config));
    return new DeepseekLayers(config, moe)
        .plan(
            layer -> attention,
            layer -> Fields.isSparse(config, layer, layer > 0),
            DeepseekLayers.weighting(router));
  }
}
