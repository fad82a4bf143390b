package org.jmoe.models.published.deepseek;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Optional;
import org.jmoe.models.family.ExpertFields;
import org.jmoe.models.family.Fields;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.MappedAttention;
import org.jmoe.models.family.ModelFamily;
import org.jmoe.models.family.ModelFields;
import org.jmoe.models.family.RopeConfig;
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.attention.GroupedAttention;
import org.jmoe.transformer.attention.QueryNorm;
import org.jmoe.transformer.attention.Rotary;

/**
 * GLM-4.5 (Zeng et al. 2025; Hugging Face {@code glm4_moe}): grouped attention with partial rotary
 * embeddings, and the experts and router of DeepSeek-V3.
 */
public final class Glm4Moe implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("glm4_moe");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("Glm4MoeForCausalLM");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 151552)
        .put("hidden_size", 4096)
        .put("intermediate_size", 10944)
        .put("moe_intermediate_size", 1408)
        .put("num_hidden_layers", 46)
        .put("num_attention_heads", 96)
        .put("num_key_value_heads", 8)
        .put("n_shared_experts", 1)
        .put("n_routed_experts", 128)
        .put("routed_scaling_factor", 1.0)
        .put("n_group", 1)
        .put("topk_group", 1)
        .put("num_experts_per_tok", 8)
        .put("first_k_dense_replace", 1)
        .put("norm_topk_prob", true)
        .put("partial_rotary_factor", 0.5)
        .put("max_position_embeddings", 131072)
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
  public ObjectNode config(ModelSpec spec) {
    ModelFields fields = new ModelFields(spec, this);
    ObjectNode config = fields.json();
    GroupedAttention.Spec attention = fields.grouped();
    DeepSeekV3Router.Spec router = fields.router(DeepSeekV3Router.Spec.class);
    DeepseekLayers.write(fields, router.groups(), router.scalingFactor());
    config.put("norm_topk_prob", router.normalise());
    config.put("attention_bias", attention.bias());
    config.put("use_qk_norm", attention.norm() == QueryNorm.HEAD);
    double head = attention.headWidth(spec.dim());
    Rotary rotary = attention.rotary();
    int width = rotary == null ? 0 : rotary.width();
    config.put("partial_rotary_factor", width == 0 ? 1 : width / head);
    return config;
  }

  @Override
  public HubPlan plan(HubConfig config) {
    int heads = config.size("num_attention_heads", 1);
    int headDim = Fields.headDim(config, config.size("hidden_size", 1), heads);
    GroupedAttention.Spec attention =
        GroupedAttention.Spec.builder(heads, Fields.kvHeads(config, heads))
            .headDim(headDim)
            .bias(config.flag("attention_bias"), false)
            .norm(
                config.flag("use_qk_norm") ? QueryNorm.HEAD : QueryNorm.NONE,
                Fields.epsilon(config))
            .rotary(new RopeConfig(config).partialRotary(headDim))
            .build();
    DeepSeekV3Router.Spec router = DeepseekLayers.biasedRouter(config);
    return DeepseekLayers.of(config, router)
        .plan(MappedAttention.of(attention), DeepseekLayers.weighting(router));
  }
}
