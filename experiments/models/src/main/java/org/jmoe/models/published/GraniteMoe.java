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
    return GraniteLayers.DEFAULTS;
  }

  @Override
  public Optional<ExpertFields> expertFields() {
    return Optional.of(GraniteLayers.EXPERTS);
  }

  @Override
  public HubPlan plan(HubConfig config) {
    return GraniteLayers.plan(config, 0);
  }
}
