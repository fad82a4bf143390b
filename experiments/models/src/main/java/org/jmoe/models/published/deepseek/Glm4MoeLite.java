package org.jmoe.models.published.deepseek;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Optional;
import org.jmoe.models.family.ExpertFields;
import org.jmoe.models.family.Fields;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.ModelFamily;
import org.jmoe.routing.biased.DeepSeekV3Router;

/**
 * GLM-4.7-Flash (Z.ai 2025; Hugging Face {@code glm4_moe_lite}): DeepSeek-V3 with a list of dense
 * layers.
 */
public final class Glm4MoeLite implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("glm4_moe_lite");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("Glm4MoeLiteForCausalLM");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 154880)
        .put("hidden_size", 2048)
        .put("intermediate_size", 10240)
        .put("moe_intermediate_size", 1536)
        .put("num_hidden_layers", 47)
        .put("num_attention_heads", 20)
        .put("num_key_value_heads", 20)
        .put("n_shared_experts", 1)
        .put("n_routed_experts", 64)
        .put("routed_scaling_factor", 1.8)
        .put("kv_lora_rank", 512)
        .put("q_lora_rank", 768)
        .put("qk_rope_head_dim", 64)
        .put("qk_nope_head_dim", 192)
        .put("v_head_dim", 256)
        .put("n_group", 1)
        .put("topk_group", 1)
        .put("num_experts_per_tok", 4)
        .put("norm_topk_prob", true)
        .put("max_position_embeddings", 202752)
        .put("rope_theta", 1e4)
        .put("rms_norm_eps", 1e-5)
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
    config.ignore("head_dim", "qk_head_dim"); // derived from other fields
    DeepseekAttention attention = DeepseekAttention.of(config);
    DeepSeekV3Router.Spec router = DeepseekLayers.biasedRouter(config);
    return DeepseekLayers.of(config, router)
        .plan(
            layer -> attention,
            layer -> Fields.isSparse(config, layer, layer > 0),
            DeepseekLayers.weighting(router));
  }
}
