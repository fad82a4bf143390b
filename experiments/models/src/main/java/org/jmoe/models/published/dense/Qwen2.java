package org.jmoe.models.published.dense;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.ModelFamily;

/**
 * Qwen2 and Qwen2.5 (Yang et al. 2024; Hugging Face {@code qwen2}): queries, keys and values have
 * biases.
 */
public final class Qwen2 implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("qwen2");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("Qwen2ForCausalLM");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 151936)
        .put("hidden_size", 4096)
        .put("intermediate_size", 22016)
        .put("num_hidden_layers", 32)
        .put("num_attention_heads", 32)
        .put("num_key_value_heads", 32)
        .put("max_position_embeddings", 32768)
        .put("rope_theta", 1e4)
        .put("rms_norm_eps", 1e-6)
        .put("sliding_window", 4096)
        .put("max_window_layers", 28)
        .buildOrThrow();
  }

  @Override
  public HubPlan plan(HubConfig config) {
    config.only("qkv_bias", "true");
    return DenseLayers.plan(
        config,
        layer ->
            DenseLayers.attention(config)
                .bias(true, false)
                .window(DenseLayers.window(config, layer))
                .build());
  }
}
