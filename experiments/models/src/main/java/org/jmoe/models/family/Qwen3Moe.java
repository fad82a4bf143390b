package org.jmoe.models.family;

import org.jmoe.transformer.GroupedAttention;

/**
 * Qwen3-MoE (Qwen team 2025; Hugging Face {@code qwen3_moe}): queries and keys normalised head by
 * head, no shared expert.
 */
final class Qwen3Moe implements Architecture {
  @Override
  public String type() {
    return "qwen3_moe";
  }

  @Override
  public String className() {
    return "Qwen3MoeForCausalLM";
  }

  @Override
  public HubPlan plan(HubConfig config) {
    int heads = config.whole("num_attention_heads", 1);
    int headDim = Fields.headDim(config, config.whole("hidden_size", 1), heads);
    boolean bias = config.flag("attention_bias", false);
    double epsilon = config.number("rms_norm_eps", 1e-6);
    boolean window = config.flag("use_sliding_window", false);
    config.harmless("max_window_layers"); // upstream lets every layer slide or none
    GroupedAttention.Spec attention =
        GroupedAttention.Spec.builder(heads, Fields.kvHeads(config, heads))
            .headDim(headDim)
            .bias(bias, bias)
            .norm(GroupedAttention.QueryNorm.HEAD, epsilon)
            .window(config.has("sliding_window") && window ? config.whole("sliding_window", 1) : 0)
            .rotary(new RopeConfig(config, 1e4).rotary(headDim, false))
            .build();
    return new QwenLayers(
            config,
            Fields.experts(config, "num_experts", "num_local_experts"),
            config.whole("moe_intermediate_size", 1),
            0,
            config.whole("intermediate_size", 1))
        .plan(type(), epsilon, layer -> attention);
  }
}
