package org.jmoe.models.published;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Optional;
import org.jmoe.models.family.DecoderLayers;
import org.jmoe.models.family.ExpertFields;
import org.jmoe.models.family.Fields;
import org.jmoe.models.family.GroupedConfig;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.MappedAttention;
import org.jmoe.models.family.MappedMoe;
import org.jmoe.models.family.ModelFamily;
import org.jmoe.models.family.SoftmaxTopK;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.transformer.NormPlacement;
import org.jmoe.transformer.attention.QueryNorm;

/**
 * FlexOlmo (Shi et al. 2025; Hugging Face {@code flex_olmo}): OLMo 2 with softmax top-k experts.
 */
final class FlexOlmo implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("flex_olmo");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("FlexOlmoForCausalLM");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 100352)
        .put("hidden_size", 4096)
        .put("intermediate_size", 11008)
        .put("num_hidden_layers", 32)
        .put("num_attention_heads", 32)
        .put("max_position_embeddings", 4096)
        .put("rope_theta", 5e5)
        .put("rms_norm_eps", 1e-6)
        .put("num_experts", 7)
        .put("num_experts_per_tok", 5)
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
  public HubPlan plan(HubConfig config) {
    config.only("scoring_func", "softmax");
    boolean bias = config.flag("attention_bias");
    MappedAttention attention =
        MappedAttention.of(
            GroupedConfig.of(config)
                .bias(bias, bias)
                .norm(QueryNorm.ALL, Fields.epsilon(config))
                .build());
    int experts = config.size("num_experts", 1);
    TopKRouter.Spec router =
        SoftmaxTopK.of(Fields.expertsPerToken(config, experts), config.flag("norm_topk_prob"));
    MappedMoe moe = MappedMoe.of(router, experts, config.size("intermediate_size", 1));
    DecoderLayers layers = new DecoderLayers(config, NormPlacement.OUTPUT);
    for (int i = 0; i < Fields.layers(config); i++) {
      layers.moe(attention, moe);
    }
    return layers.plan(SoftmaxTopK.describe(router));
  }
}
