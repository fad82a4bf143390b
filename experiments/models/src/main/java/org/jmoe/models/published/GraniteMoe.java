package org.jmoe.models.published;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Optional;
import org.jmoe.models.family.ExpertFields;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.ModelFamily;

/**
 * Granite 3 MoE and PowerMoE (IBM 2024; Hugging Face {@code granitemoe}): constant factors on
 * embeddings, residuals, attention scores and logits.
 */
final class GraniteMoe implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("granitemoe");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("GraniteMoeForCausalLM");
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
        .put("num_local_experts", 8)
        .put("num_experts_per_tok", 2)
        .put("embedding_multiplier", 1.0)
        .put("logits_scaling", 1.0)
        .put("residual_multiplier", 1.0)
        .put("attention_multiplier", 1.0)
        .buildOrThrow();
  }

  @Override
  public Optional<ExpertFields> expertFields() {
    return Optional.of(ExpertFields.of(ImmutableList.of("num_local_experts"), "intermediate_size"));
  }

  @Override
  public HubPlan plan(HubConfig config) {
    return GraniteLayers.plan(config, 0);
  }
}
