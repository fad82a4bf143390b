package org.jmoe.models.published.dense;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.jmoe.models.family.DecoderLayers;
import org.jmoe.models.family.Fields;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.MappedAttention;
import org.jmoe.models.family.ModelFamily;
import org.jmoe.transformer.NormPlacement;
import org.jmoe.transformer.attention.QueryNorm;

/**
 * OLMo 2 (OLMo team 2025; Hugging Face {@code olmo2}): the outputs of attention and feed-forward
 * are normalized instead of their inputs, and queries and keys across all heads.
 */
public final class Olmo2 implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("olmo2");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("Olmo2ForCausalLM");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 50304)
        .put("hidden_size", 4096)
        .put("intermediate_size", 11008)
        .put("num_hidden_layers", 32)
        .put("num_attention_heads", 32)
        .put("max_position_embeddings", 2048)
        .put("rope_theta", 1e4)
        .put("rms_norm_eps", 1e-5)
        .buildOrThrow();
  }

  @Override
  public HubPlan plan(HubConfig config) {
    boolean bias = config.flag("attention_bias");
    MappedAttention attention =
        MappedAttention.of(
            DenseLayers.attention(config)
                .bias(bias, bias)
                .norm(QueryNorm.ALL, Fields.epsilon(config))
                .build());
    DecoderLayers layers = new DecoderLayers(config, NormPlacement.OUTPUT);
    for (int i = 0; i < Fields.layers(config); i++) {
      layers.dense(attention);
    }
    return layers.plan("no experts");
  }
}
