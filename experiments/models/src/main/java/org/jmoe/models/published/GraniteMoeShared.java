package org.jmoe.models.published;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Optional;
import org.jmoe.models.family.ExpertFields;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.ModelFamily;

/** Granite MoE with a shared expert (IBM 2025; Hugging Face {@code granitemoeshared}). */
final class GraniteMoeShared implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("granitemoeshared");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("GraniteMoeSharedForCausalLM");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .putAll(GraniteLayers.DEFAULTS)
        .put("shared_intermediate_size", 0)
        .buildOrThrow();
  }

  @Override
  public Optional<ExpertFields> expertFields() {
    return Optional.of(GraniteLayers.EXPERTS);
  }

  @Override
  public HubPlan plan(HubConfig config) {
    return GraniteLayers.plan(config, config.size("shared_intermediate_size", 0));
  }
}
