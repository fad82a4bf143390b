package org.jmoe.models.published;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.models.family.DecoderLayers;
import org.jmoe.models.family.Fields;
import org.jmoe.models.family.GroupedConfig;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.MappedAttention;
import org.jmoe.models.family.ModelFamily;
import org.jmoe.models.family.RopeConfig;
import org.jmoe.models.family.SoftmaxTopK;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.transformer.attention.QueryNorm;

/**
 * Text part of Qwen3-VL-MoE (Qwen team 2025; Hugging Face {@code qwen3_vl_moe}): Qwen3-MoE within a
 * model with a vision tower, which is not read.
 */
final class Qwen3VlMoe implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("qwen3_vl_moe");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("Qwen3VLMoeForConditionalGeneration");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 151936)
        .put("hidden_size", 2048)
        .put("intermediate_size", 5632)
        .put("num_hidden_layers", 24)
        .put("num_attention_heads", 16)
        .put("num_key_value_heads", 16)
        .put("max_position_embeddings", 128000)
        .put("rope_theta", 5e5)
        .put("rms_norm_eps", 1e-6)
        .put("moe_intermediate_size", 1408)
        .put("num_experts", 60)
        .put("num_experts_per_tok", 4)
        .buildOrThrow();
  }

  @Override
  public ImmutableMap<String, String> aliases() {
    return ImmutableMap.of("num_experts", "num_local_experts");
  }

  @Override
  public HubPlan plan(HubConfig config) {
    config.ignore("vision_config", "image_token_id", "video_token_id");
    config.ignore("vision_start_token_id", "vision_end_token_id");
    HubConfig text = config.part("text_config", this, "tie_word_embeddings");
    text.only("model_type", "qwen3_vl_moe_text");
    text.only("norm_topk_prob", "true");
    boolean bias = text.flag("attention_bias");
    MappedAttention attention =
        MappedAttention.of(
            GroupedConfig.plain(text)
                .bias(bias, bias)
                .norm(QueryNorm.HEAD, Fields.epsilon(text))
                .rotary(RopeConfig.ofText(text).rotary(GroupedConfig.headDim(text), false))
                .build());
    int experts = text.size("num_experts", 1);
    int hidden = text.size("moe_intermediate_size", 1);
    TopKRouter.Spec router = SoftmaxTopK.of(Fields.expertsPerToken(text, experts), true);
    MoeLayer.Spec moe =
        new MoeLayer.Spec(
            experts, router, new FeedForwardExperts.Spec(hidden, Fields.gated(text), false, 0));
    DecoderLayers layers = new DecoderLayers(text);
    layers.tensors().map().ignore((name, all) -> name.startsWith("model.visual."));
    for (int i = 0; i < Fields.layers(text); i++) {
      if (Fields.isDense(text, i)) {
        layers.dense(attention);
      } else {
        layers.moe(
            attention,
            moe,
            (tensors, layer) -> {
              tensors.router(layer, experts, "mlp.gate.weight");
              tensors.plainStacks(
                  layer, "mlp.experts.gate_up_proj", "mlp.experts.down_proj", experts, hidden);
            });
      }
    }
    return layers
        .plan(SoftmaxTopK.describe(router))
        .within(config, name -> name.replaceFirst("^model[.]", "model.language_model."));
  }

  @Override
  public boolean isPartial() {
    return true;
  }
}
