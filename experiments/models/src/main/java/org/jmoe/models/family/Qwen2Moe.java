package org.jmoe.models.family;

import com.fasterxml.jackson.databind.JsonNode;
import org.jmoe.transformer.GroupedAttention;
import org.jmoe.transformer.Rotary;

/**
 * Qwen1.5-MoE and Qwen2-MoE (Qwen team 2024; Hugging Face {@code qwen2_moe}): a shared expert
 * behind a sigmoid gate, biases on queries, keys and values.
 */
final class Qwen2Moe implements Architecture {
  @Override
  public String type() {
    return "qwen2_moe";
  }

  @Override
  public String className() {
    return "Qwen2MoeForCausalLM";
  }

  @Override
  public HubPlan plan(HubConfig config) {
    int heads = config.whole("num_attention_heads", 1);
    int kvHeads = Fields.kvHeads(config, heads);
    int headDim = Fields.headDim(config, config.whole("hidden_size", 1), heads);
    boolean bias = config.flag("qkv_bias", true);
    double epsilon = config.number("rms_norm_eps", 1e-6);
    Rotary rotary = new RopeConfig(config, 1e4).rotary(headDim, false);
    return new QwenLayers(
            config,
            config.whole("num_experts", 0),
            config.whole("moe_intermediate_size", 1),
            config.whole("shared_expert_intermediate_size", 1),
            config.whole("intermediate_size", 1))
        .plan(
            type(),
            epsilon,
            layer ->
                GroupedAttention.Spec.builder(heads, kvHeads)
                    .headDim(headDim)
                    .bias(bias, false)
                    .window(window(config, layer))
                    .rotary(rotary)
                    .build());
  }

  /** As far as the layer sees; 0 for all. */
  private static int window(HubConfig config, int layer) {
    boolean used = config.flag("use_sliding_window", false);
    int size = config.whole("sliding_window", 0, 0);
    int below = config.whole("max_window_layers", 0, 28);
    boolean slides = used && layer < below && (layer + 1) % 2 != 0;
    if (config.has("layer_types")) {
      slides = LayerTypes.slides(config, layer);
    }
    if (slides && (!used || size == 0)) {
      throw config.fault(
          "has a sliding layer %d and use_sliding_window = %s with sliding_window = %d; a window needs both"
              .formatted(layer, used, size));
    }
    return slides ? size : 0;
  }

  /** What {@code layer_types} says of each layer. */
  static final class LayerTypes {
    private LayerTypes() {}

    static boolean slides(HubConfig config, int layer) {
      JsonNode types = config.node("layer_types");
      if (types.size() != config.whole("num_hidden_layers", 1)) {
        throw config.fault("has layer_types for %d layers".formatted(types.size()));
      }
      return switch (types.path(layer).asText()) {
        case "full_attention" -> false;
        case "sliding_attention" -> true;
        default ->
            throw config.fault(
                "has layer_types %s; full_attention and sliding_attention are implemented"
                    .formatted(types.path(layer)));
      };
    }
  }
}
