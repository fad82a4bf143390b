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
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.attention.GroupedAttention;
import org.jmoe.transformer.attention.QueryNorm;

/**
 * OLMoE (Muennighoff et al. 2024; Hugging Face {@code olmoe}): queries and keys normalized across
 * all heads, and optional clipping.
 */
final class Olmoe implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("olmoe");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("OlmoeForCausalLM");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 50304)
        .put("hidden_size", 2048)
        .put("intermediate_size", 2048)
        .put("num_hidden_layers", 16)
        .put("num_attention_heads", 16)
        .put("num_key_value_heads", 16)
        .put("num_experts", 64)
        .put("num_experts_per_tok", 8)
        .put("max_position_embeddings", 4096)
        .put("rope_theta", 1e4)
        .put("rms_norm_eps", 1e-5)
        .buildOrThrow();
  }

  @Override
  public ImmutableMap<String, String> aliases() {
    return ImmutableMap.of("num_experts", "num_local_experts");
  }

  @Override
  public Optional<ExpertFields> expertFields() {
    return Optional.of(
        ExpertFields.of(ImmutableList.of("num_experts", "num_local_experts"), "intermediate_size"));
  }

  @Override
  public ObjectNode config(ModelSpec spec) {
    ModelFields fields = new ModelFields(spec, this);
    ObjectNode config = fields.json();
    GroupedAttention.Spec attention = fields.grouped();
    config.put("norm_topk_prob", fields.router(TopKRouter.Spec.class).normalise());
    fields.experts();
    config.put("attention_bias", attention.bias());
    if (Double.isFinite(attention.clip())) {
      config.put("clip_qkv", attention.clip());
    }
    return config;
  }

  @Override
  public HubPlan plan(HubConfig config) {
    config.only("use_qk_norm", "true");
    int dim = config.size("hidden_size", 1);
    int heads = config.size("num_attention_heads", 1);
    int headDim = Fields.headDim(config, dim, heads);
    if ((long) headDim * heads != dim) {
      throw config.fault(
          "has head_dim = %d, which for %d heads does not give hidden_size = %d; remove head_dim"
              .formatted(headDim, heads, dim));
    }
    config.size("num_experts", 1); // every layer has experts
    boolean bias = config.flag("attention_bias");
    double clip = config.has("clip_qkv") ? config.positive("clip_qkv") : Double.POSITIVE_INFINITY;
    GroupedAttention.Spec attention =
        GroupedAttention.Spec.builder(heads, Fields.kvHeads(config, heads))
            .headDim(headDim)
            .bias(bias, bias)
            .norm(QueryNorm.ALL, Fields.epsilon(config))
            .clip(clip)
            .rotary(new RopeConfig(config).rotary(headDim, false))
            .build();
    return new QwenLayers(config, "intermediate_size", 0).plan(layer -> attention);
  }
}
