package org.jmoe.training.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.jmoe.layer.MoeLayer;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.Blocks;
import org.jmoe.testing.Errors;
import org.jmoe.transformer.ModelSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class PresetsTest {
  static Stream<Preset> all() {
    return Presets.all().stream();
  }

  @ParameterizedTest
  @MethodSource("all")
  void everyPresetBuilds(Preset preset) {
    ModelSpec model = preset.config().model();
    assertEquals(model.parameters(), Blocks.count(model.build(Seed.of(1).child("model"))));
  }

  @Test
  void denseHasTheActiveParametersOfQuickstart() {
    ModelSpec moe = Presets.named("quickstart").config().model();
    ModelSpec dense = Presets.named("dense").config().model();
    MoeLayer.Spec layer = moe.firstMoe().orElseThrow();
    long routers = moe.layerCount() * layer.router().parameters(moe.dim(), layer.experts());
    assertEquals(moe.activeParameters(), dense.activeParameters() + routers);
    assertTrue(moe.parameters() > 2 * dense.parameters());
  }

  @Test
  void quickstartMatchesItsDescription() {
    ModelSpec moe = Presets.named("quickstart").config().model();
    MoeLayer.Spec layer = moe.firstMoe().orElseThrow();
    assertEquals(4, moe.layerCount());
    assertEquals(8, layer.experts());
    assertEquals(2, layer.router().activeExperts(8));
    assertTrue(moe.blocks().stream().allMatch(block -> layer.equals(block.moe())));
  }

  @Test
  void unknownNameSuggestsTheNearest() {
    assertEquals(
        "unknown preset 'smok'; did you mean 'smoke'? Presets: quickstart, dense, smoke, recipe,"
            + " tiny-deepseek-v3, tiny-gpt-oss",
        Errors.message(ConfigException.class, () -> Presets.named("smok")));
  }
}
