package org.jmoe.models.published.dense;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.jmoe.models.family.Fields;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.ModelFamily;

/**
 * Mistral (Jiang et al. 2023; Hugging Face {@code mistral}), with a sliding window in all layers or
 * none.
 */
public final class Mistral implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("mistral");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("MistralForCausalLM");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 32000)
        .put("hidden_size", 4096)
        .put("intermediate_size", 14336)
        .put("num_hidden_layers", 32)
        .put("num_attention_heads", 32)
        .put("num_key_value_heads", 8)
        .put("max_position_embeddings", 131072)
        .put("rope_theta", 1e4)
        .put("rms_norm_eps", 1e-6)
        .put("sliding_window", 4096)
        .buildOrThrow();
  }

  @Override
  public HubPlan plan(HubConfig config) {
    int window = Fields.window(config);
    return DenseLayers.plan(config, layer -> DenseLayers.attention(config).window(window).build());
  }
}
