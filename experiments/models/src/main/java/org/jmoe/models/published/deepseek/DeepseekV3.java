package org.jmoe.models.published.deepseek;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Optional;
import org.jmoe.models.family.ExpertFields;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.ModelFamily;
import org.jmoe.models.family.ModelFields;
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.transformer.ModelSpec;

/**
 * DeepSeek-V3 (DeepSeek-AI 2024; Hugging Face {@code deepseek_v3}) and Kimi K2, which is the same
 * architecture with another model type: latent attention, group-limited sigmoid routing with a
 * correction bias, shared experts and dense first layers.
 */
public final class DeepseekV3 implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("deepseek_v3", "kimi_k2");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("DeepseekV3ForCausalLM", "KimiK2ForCausalLM");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 129280)
        .put("hidden_size", 7168)
        .put("intermediate_size", 18432)
        .put("moe_intermediate_size", 2048)
        .put("num_hidden_layers", 61)
        .put("num_attention_heads", 128)
        .put("num_key_value_heads", 128)
        .put("n_shared_experts", 1)
        .put("n_routed_experts", 256)
        .put("routed_scaling_factor", 2.5)
        .put("kv_lora_rank", 512)
        .put("q_lora_rank", 1536)
        .put("qk_rope_head_dim", 64)
        .put("qk_nope_head_dim", 128)
        .put("v_head_dim", 128)
        .put("n_group", 8)
        .put("topk_group", 4)
        .put("num_experts_per_tok", 8)
        .put("first_k_dense_replace", 3)
        .put("norm_topk_prob", true)
        .put("max_position_embeddings", 4096)
        .put("rope_theta", 1e4)
        .put("rms_norm_eps", 1e-6)
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
  public ObjectNode config(ModelSpec spec) {
    ModelFields fields = new ModelFields(spec, this);
    ObjectNode config = fields.json();
    fields.latent();
    DeepSeekV3Router.Spec router = fields.router(DeepSeekV3Router.Spec.class);
    DeepseekLayers.write(fields, router.groups(), router.scalingFactor());
    config.put("norm_topk_prob", router.normalise());
    return config;
  }

  @Override
  public HubPlan plan(HubConfig config) {
    config.ignore("head_dim", "qk_head_dim"); // derived from other fields
    DeepseekAttention attention = DeepseekAttention.of(config);
    DeepSeekV3Router.Spec router = DeepseekLayers.biasedRouter(config);
    return DeepseekLayers.of(config, router).plan(attention, DeepseekLayers.weighting(router));
  }
}
