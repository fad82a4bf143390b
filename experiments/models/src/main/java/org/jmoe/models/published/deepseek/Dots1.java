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
import org.jmoe.models.family.ModelFamily;
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.transformer.attention.GroupedAttentionBuilder;
import org.jmoe.transformer.attention.QueryNorm;

/**
 * dots.llm1 (rednote-hilab 2025; Hugging Face {@code dots1}): the attention of Qwen3, the experts
 * and router of DeepSeek-V3.
 */
public final class Dots1 implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("dots1");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("Dots1ForCausalLM");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 152064)
        .put("hidden_size", 4608)
        .put("intermediate_size", 10944)
        .put("moe_intermediate_size", 1408)
        .put("num_hidden_layers", 62)
        .put("num_attention_heads", 32)
        .put("num_key_value_heads", 32)
        .put("routed_scaling_factor", 1.0)
        .put("n_group", 1)
        .put("topk_group", 1)
        .put("norm_topk_prob", false)
        .put("max_position_embeddings", 2048)
        .put("rope_theta", 1e4)
        .put("rms_norm_eps", 1e-6)
        .put("first_k_dense_replace", 0)
        .put("sliding_window", 4096)
        .put("max_window_layers", 62)
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
    int dense = config.integer("first_k_dense_replace", 0);
    boolean bias = config.flag("attention_bias");
    GroupedAttentionBuilder attention =
        GroupedConfig.of(config).bias(bias, bias).norm(QueryNorm.HEAD, Fields.epsilon(config));
    DeepSeekV3Router.Spec router = DeepseekLayers.biasedRouter(config);
    return DeepseekLayers.of(config, router)
        .plan(
            layer -> MappedAttention.of(attention.window(window(config, layer)).build()),
            layer -> layer >= dense,
            DeepseekLayers.weighting(router));
  }

  /** Without {@code layer_types}, the layers from {@code max_window_layers} on slide. */
  private static int window(HubConfig config, int layer) {
    int window = config.integerOr("sliding_window", 1, 0);
    int from = config.integer("max_window_layers", 0);
    return Fields.isSliding(config, layer, window > 0 && layer >= from) ? window : 0;
  }
}
