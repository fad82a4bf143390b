package org.jmoe.models.published;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Optional;
import org.jmoe.models.family.ExpertFields;
import org.jmoe.models.family.Fields;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.ModelFamily;
import org.jmoe.models.family.ModelFields;
import org.jmoe.models.family.RopeConfig;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.attention.GroupedAttention;
import org.jmoe.transformer.attention.QueryNorm;

/**
 * Qwen3-MoE (Qwen team 2025; Hugging Face {@code qwen3_moe}): queries and keys normalized per head.
 */
final class Qwen3Moe implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("qwen3_moe");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("Qwen3MoeForCausalLM");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 151936)
        .put("hidden_size", 2048)
        .put("intermediate_size", 6144)
        .put("moe_intermediate_size", 768)
        .put("num_hidden_layers", 24)
        .put("num_attention_heads", 32)
        .put("num_key_value_heads", 4)
        .put("num_experts", 128)
        .put("num_experts_per_tok", 8)
        .put("max_position_embeddings", 32768)
        .put("rope_theta", 1e4)
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
  public ObjectNode config(ModelSpec spec) {
    ModelFields fields = new ModelFields(spec, this);
    ObjectNode config = fields.json();
    GroupedAttention.Spec attention = fields.grouped();
    QwenLayers.write(fields);
    config.put("attention_bias", attention.bias());
    if (attention.window() > 0) {
      config.put("use_sliding_window", true);
      config.put("sliding_window", attention.window());
    }
    return config;
  }

  @Override
  public HubPlan plan(HubConfig config) {
    config.only("use_qk_norm", "true");
    int heads = config.size("num_attention_heads", 1);
    int headDim = Fields.headDim(config, config.size("hidden_size", 1), heads);
    boolean bias = config.flag("attention_bias");
    GroupedAttention.Spec attention =
        GroupedAttention.Spec.builder(heads, Fields.kvHeads(config, heads))
            .headDim(headDim)
            .bias(bias, bias)
            .norm(QueryNorm.HEAD, Fields.epsilon(config))
            .window(config.flag("use_sliding_window") ? Fields.window(config) : 0)
            .rotary(new RopeConfig(config).rotary(headDim, false))
            .build();
    config.ignore("sliding_window"); // without use_sliding_window
    return new QwenLayers(config, "moe_intermediate_size", 0).plan(layer -> attention);
  }
}
