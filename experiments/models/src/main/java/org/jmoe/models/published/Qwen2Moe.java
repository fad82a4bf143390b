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
import org.jmoe.transformer.attention.Rotary;

/**
 * Qwen1.5-MoE and Qwen2-MoE (Qwen team 2024; Hugging Face {@code qwen2_moe}): a shared expert with
 * a sigmoid gate, and biases on queries, keys and values.
 */
final class Qwen2Moe implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("qwen2_moe");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("Qwen2MoeForCausalLM");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 151936)
        .put("hidden_size", 2048)
        .put("intermediate_size", 5632)
        .put("moe_intermediate_size", 1408)
        .put("shared_expert_intermediate_size", 5632)
        .put("num_hidden_layers", 24)
        .put("num_attention_heads", 16)
        .put("num_key_value_heads", 16)
        .put("num_experts", 60)
        .put("num_experts_per_tok", 4)
        .put("max_position_embeddings", 32768)
        .put("max_window_layers", 28)
        .put("qkv_bias", true)
        .put("rope_theta", 1e4)
        .put("rms_norm_eps", 1e-6)
        .buildOrThrow();
  }

  @Override
  public Optional<ExpertFields> expertFields() {
    return Optional.of(ExpertFields.of(ImmutableList.of("num_experts"), "moe_intermediate_size"));
  }

  @Override
  public ObjectNode config(ModelSpec spec) {
    ModelFields fields = new ModelFields(spec, this);
    ObjectNode config = fields.json();
    GroupedAttention.Spec attention = fields.grouped();
    QwenLayers.write(fields);
    config.put("shared_expert_intermediate_size", fields.sharedWidth());
    config.put("qkv_bias", attention.bias());
    int window = fields.windows();
    if (window > 0) {
      config.put("use_sliding_window", true);
      config.put("sliding_window", window);
    }
    return config;
  }

  @Override
  public HubPlan plan(HubConfig config) {
    int heads = config.size("num_attention_heads", 1);
    int kvHeads = Fields.kvHeads(config, heads);
    int headDim = Fields.headDim(config, config.size("hidden_size", 1), heads);
    Rotary rotary = new RopeConfig(config).rotary(headDim, false);
    int experts = config.size("num_experts", 0);
    int shared = experts == 0 ? 0 : config.size("shared_expert_intermediate_size", 1);
    config.ignore("shared_expert_intermediate_size"); // of a dense model
    return new QwenLayers(config, "moe_intermediate_size", shared)
        .plan(
            layer ->
                GroupedAttention.Spec.builder(heads, kvHeads)
                    .headDim(headDim)
                    .bias(config.flag("qkv_bias"), false)
                    .window(window(config, layer))
                    .rotary(rotary)
                    .build());
  }

  /** Returns the sliding window of a layer; 0 for full attention. */
  private static int window(HubConfig config, int layer) {
    boolean used = config.flag("use_sliding_window");
    int size = config.integerOr("sliding_window", 0, 0);
    int below = config.integer("max_window_layers", 0);
    boolean slides = Fields.isSliding(config, layer, used && layer < below && (layer + 1) % 2 != 0);
    if (slides && (!used || size == 0)) {
      throw config.fault(
          "has sliding attention in layer %d but use_sliding_window = %s and sliding_window = %d; set both"
              .formatted(layer, used, size));
    }
    return slides ? size : 0;
  }
}
