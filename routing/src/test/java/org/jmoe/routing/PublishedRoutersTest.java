package org.jmoe.routing;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.routing.preset.RouterPresets;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Every published router keeps the contract. */
@ParameterizedClass(name = "{0}")
@MethodSource("names")
final class PublishedRoutersTest extends RouterContract {
  /** Rules in which tokens share draws, slots or a normalisation. */
  private static final Set<String> NOT_TOKEN_BY_TOKEN =
      Set.of(
          "gshard",
          "nllb-random",
          "nllb-sampling",
          "fastmoe-gshard",
          "st-moe",
          "hash",
          "uniform",
          "random",
          "expert-choice-vmoe",
          "expert-choice-flaxformer",
          "expert-choice-praxis",
          "soft-moe");

  @Parameter String name = "mixtral";

  static List<String> names() {
    return RouterPresets.names();
  }

  @Override
  protected RouterSpec spec(Capacity capacity) {
    RouterPreset preset = RouterPresets.find(name).orElseThrow();
    Capacity ordered = capacity.withOrder(preset.order());
    return preset.spec(preset.values(Map.of(), EXPERTS), ordered);
  }

  @Override
  protected boolean tokenByToken() {
    return !NOT_TOKEN_BY_TOKEN.contains(name);
  }

  @Override
  protected boolean smooth() {
    return !name.equals("top-any");
  }
}
