package org.jmoe.models.family;

import org.jmoe.transformer.GroupedAttention;

/**
 * OLMoE (Muennighoff et al. 2024; Hugging Face {@code olmoe}): queries and keys normalised over all
 * heads together, an optional clip.
 */
final class Olmoe implements Architecture {
  @Override
  public String type() {
    return "olmoe";
  }

  @Override
  public String className() {
    return "OlmoeForCausalLM";
  }

  @Override
  public HubPlan plan(HubConfig config) {
    int dim = config.whole("hidden_size", 1);
    int heads = config.whole("num_attention_heads", 1);
    int headDim = Fields.headDim(config, dim, heads);
    if (headDim * heads != dim) {
      throw config.fault(
          "has head_dim = %d, of which %d heads do not make hidden_size = %d"
              .formatted(headDim, heads, dim));
    }
    boolean bias = config.flag("attention_bias", false);
    double epsilon = config.number("rms_norm_eps", 1e-5);
    double clip = config.number("clip_qkv", Double.POSITIVE_INFINITY);
    if (clip <= 0) {
      throw config.fault("has clip_qkv = %s, which must be above 0".formatted(clip));
    }
    GroupedAttention.Spec attention =
        GroupedAttention.Spec.builder(heads, Fields.kvHeads(config, heads))
            .headDim(headDim)
            .bias(bias, bias)
            .norm(GroupedAttention.QueryNorm.ALL, epsilon)
            .clip(clip)
            .rotary(new RopeConfig(config, 1e4).rotary(headDim, false))
            .build();
    int hidden = config.whole("intermediate_size", 1);
    int experts = Fields.experts(config, "num_experts", "num_local_experts");
    if (experts == 0) {
      throw config.fault("has num_experts = 0; every layer of OLMoE has experts");
    }
    return new QwenLayers(config, experts, hidden, 0, hidden)
        .plan(type(), epsilon, layer -> attention);
  }
}
