package org.jmoe.models.published.deepseek;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Optional;
import org.jmoe.models.family.ExpertFields;
import org.jmoe.models.family.Fields;
import org.jmoe.models.family.GroupedConfig;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.MappedAttention;
import org.jmoe.models.family.MappedMoe;
import org.jmoe.models.family.ModelFamily;
import org.jmoe.models.family.RopeConfig;
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.transformer.attention.QueryNorm;
import org.jmoe.transformer.attention.Rotary;

/**
 * MiniMax-M2 (MiniMax 2025; Hugging Face {@code minimax_m2}): partial rotary embeddings, queries
 * and keys normalized across all heads, and sigmoid routing with a correction bias.
 */
public final class MiniMaxM2 implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("minimax_m2");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("MiniMaxM2ForCausalLM");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 200064)
        .put("hidden_size", 3072)
        .put("intermediate_size", 1536)
        .put("num_hidden_layers", 62)
        .put("num_attention_heads", 48)
        .put("num_key_value_heads", 8)
        .put("max_position_embeddings", 196608)
        .put("rope_theta", 5e6)
        .put("rms_norm_eps", 1e-6)
        .put("head_dim", 128)
        .put("n_routed_experts", 256)
        .put("num_experts_per_tok", 8)
        .put("norm_topk_prob", true)
        .put("routed_scaling_factor", 1.0)
        .put("n_group", 1)
        .put("topk_group", 1)
        .buildOrThrow();
  }

  @Override
  public ImmutableMap<String, String> aliases() {
    return ImmutableMap.of("n_routed_experts", "num_local_experts");
  }

  @Override
  public Optional<ExpertFields> expertFields() {
    return Optional.of(
        ExpertFields.of(
            ImmutableList.of("num_local_experts", "n_routed_experts"), "intermediate_size"));
  }

  @Override
  public HubPlan plan(HubConfig config) {
    config.only("use_qk_norm", "true");
    config.only("qk_norm_type", "per_layer");
    config.only("use_routing_bias", "true");
    config.only("shared_intermediate_size", "0");
    config.only("norm_topk_prob", "true");
    config.ignore("num_mtp_modules", "mtp_transformer_layers"); // not run, as in Transformers
    requireFullAttention(config);
    MappedAttention attention =
        MappedAttention.of(
            GroupedConfig.plain(config)
                .norm(QueryNorm.ALL, Fields.epsilon(config))
                .rotary(rotary(config))
                .build());
    DeepSeekV3Router.Spec router = DeepseekLayers.biasedRouter(config);
    MappedMoe moe =
        MappedMoe.of(
                router, config.size("n_routed_experts", 1), config.size("intermediate_size", 1))
            .withNames("block_sparse_moe", ImmutableList.of("w1", "w3", "w2"))
            .withGates("block_sparse_moe.gate.weight", "mlp.gate.weight")
            .withBias("block_sparse_moe.e_score_correction_bias");
    return new DeepseekLayers(config, moe)
        .plan(layer -> attention, layer -> true, DeepseekLayers.weighting(router));
  }

  private static void requireFullAttention(HubConfig config) {
    if (config.has("attn_type_list")) {
      for (JsonNode type : config.json("attn_type_list")) {
        if (type.asInt() != 1) {
          throw config.fault("has %s in attn_type_list; implemented is 1".formatted(type));
        }
      }
    }
  }

  /** The published field is {@code rotary_dim}. */
  private static Rotary rotary(HubConfig config) {
    int headDim = GroupedConfig.headDim(config);
    RopeConfig rope = new RopeConfig(config);
    if (rope.isPartial()) {
      config.ignore("rotary_dim");
      return rope.partialRotary(headDim);
    }
    int width = config.integerOr("rotary_dim", 2, headDim);
    if (width > headDim || width % 2 != 0) {
      throw config.fault(
          "has rotary_dim = %d; use an even number of at most %d".formatted(width, headDim));
    }
    return rope.rotary(width, false);
  }
}
