package org.jmoe.models.published.dense;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.ModelFamily;

/** Llama (Touvron et al. 2023; Hugging Face {@code llama}) in all versions up to 3.3. */
public final class Llama implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("llama");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("LlamaForCausalLM");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 32000)
        .put("hidden_size", 4096)
        .put("intermediate_size", 11008)
        .put("num_hidden_layers", 32)
        .put("num_attention_heads", 32)
        .put("max_position_embeddings", 2048)
        .put("rope_theta", 1e4)
        .put("rms_norm_eps", 1e-6)
        .buildOrThrow();
  }

  @Override
  public HubPlan plan(HubConfig config) {
    boolean bias = config.flag("attention_bias");
    return DenseLayers.plan(
        config, layer -> DenseLayers.attention(config).bias(bias, bias).build());
  }
}
