package org.jmoe.training.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Objects;
import java.util.stream.Stream;
import org.jmoe.layer.MoeLayer;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.Blocks;
import org.jmoe.testing.Refusals;
import org.jmoe.transformer.TransformerSpec;
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
    TransformerSpec model = preset.config().model();
    assertEquals(model.parameters(), Blocks.count(model.build(Seed.of(1).child("model"))));
  }

  @Test
  void denseIsTheQuickstartWithoutExpertsAtTheSameActiveParameters() {
    TransformerSpec moe = Presets.named("quickstart").config().model();
    TransformerSpec dense = Presets.named("dense").config().model();
    MoeLayer.Spec layer = Objects.requireNonNull(moe.moe());
    long routers = moe.layers() * layer.router().parameters(moe.dim(), layer.experts());
    assertEquals(moe.activeParameters(), dense.activeParameters() + routers);
    assertTrue(moe.parameters() > 2 * dense.parameters());
  }

  @Test
  void theQuickstartIsWhatTheDescriptionSays() {
    TransformerSpec moe = Presets.named("quickstart").config().model();
    MoeLayer.Spec layer = Objects.requireNonNull(moe.moe());
    assertEquals(4, moe.layers());
    assertEquals(8, layer.experts());
    assertEquals(2, layer.router().activeExperts(8));
    assertTrue(moe.isMoe(0) && moe.isMoe(3));
  }

  @Test
  void anUnknownNameIsAnsweredWithTheNearest() {
    assertEquals(
        "unknown preset 'smok'; did you mean 'smoke'? There are quickstart, dense, smoke",
        Refusals.message(ConfigException.class, () -> Presets.named("smok")));
  }
}
