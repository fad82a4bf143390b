package org.jmoe.training.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Objects;
import org.jmoe.layer.MoeLayer;
import org.jmoe.testing.Errors;
import org.jmoe.training.run.TinyRuns;
import org.jmoe.transformer.ModelSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OverridesTest {
  private static final RunJson JSON = TinyRuns.json();

  @Test
  void changeOnlyTheGivenValues() {
    JsonNode tree = JSON.write(Presets.named("smoke").config());
    String before = tree.toString();
    RunConfig config =
        JSON.read(
            Overrides.apply(
                tree,
                List.of(
                    "seed=1", "seed=7", "model.moe.experts=16", "training.losses.1.coefficient=0"),
                JSON));
    assertEquals(before, tree.toString());
    assertEquals(7, config.seed());
    assertEquals(0, config.training().losses().get(1).coefficient());
    assertEquals(0.01, config.training().losses().get(0).coefficient());
  }

  @Test
  void starSelectsEveryElement() {
    RunConfig config = changed("smoke", "training.losses.*.coefficient=0.5");
    assertEquals(
        List.of(0.5, 0.5), config.training().losses().stream().map(l -> l.coefficient()).toList());
  }

  @Test
  void modelPartsApplyToEveryLayerThatHasThem() {
    ModelSpec model =
        changed(
                "tiny-deepseek-v3",
                "model.moe.experts=8",
                "model.attention.heads=2",
                "model.layers.1.repeat=3")
            .model();
    assertEquals(4, model.layerCount());
    assertTrue(model.blocks().stream().allMatch(block -> block.attention().heads() == 2));
    assertNull(model.blocks().get(0).moe());
    assertEquals(8, Objects.requireNonNull(model.blocks().get(1).moe()).experts());
    assertEquals(8, Objects.requireNonNull(model.blocks().get(3).moe()).experts());
  }

  @Test
  void moeReplacesEveryLayerOfADenseModel() {
    MoeLayer.Spec moe = Presets.named("smoke").config().model().firstMoe().orElseThrow();
    ModelSpec model = changed("dense", "model.moe=" + JSON.tree(moe)).model();
    assertTrue(model.blocks().stream().allMatch(block -> moe.equals(block.moe())));
    assertFalse(changed("dense", "model.moe=null").model().hasMoe());
  }

  private static RunConfig changed(String preset, String... changes) {
    JsonNode tree = JSON.write(Presets.named(preset).config());
    return JSON.read(Overrides.apply(tree, List.of(changes), JSON));
  }

  @Test
  void valuesMayContainEqualsSigns() {
    JsonNode tree = JSON.write(Presets.named("smoke").config());
    JsonNode changed =
        Overrides.apply(
            tree, List.of("data.source={\"type\":\"FileSource\",\"path\":\"a=b\"}"), JSON);
    assertEquals("a=b", changed.at("/data/source/path").asText());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "seed | --set seed has no value; write it as path=value",
        "=1 | --set =1 has no value",
        "sed=1 | unknown key 'sed'; did you mean 'seed'?",
        "model.moe.expert.hiden=1 | unknown key 'model.moe.expert.hiden'; did you mean 'hidden'?",
        "training.lr=1 | unknown key 'training.lr'; did you mean 'training.optimizer.rate'?",
        "model.num_experts=1 | unknown key 'model.num_experts'; did you mean 'model.moe.experts'?",
        "model.moe.losses=1 | unknown key 'model.moe.losses'; did you mean 'training.losses'?",
        "experts=8 | unknown key 'experts'; did you mean 'model.moe.experts'?",
        "training.batch_size=8 | unknown key 'training.batch_size'; did you mean 'batch'?",
        "data.xyz=8 | unknown key 'data.xyz'; valid keys are source, validation",
        "model..dim=1 | unknown key 'model..dim'",
        "seed.a=1 | unknown key 'seed.a': seed is 1; set seed itself",
        "training.losses.2.coefficient=0 | 'training.losses.2.coefficient' needs an index from 0 to"
            + " 1",
        "training.losses.x=0 | 'training.losses.x' needs an index from 0 to 1, or *, not x",
        "training.optimizer.groups.0=1 | 'training.optimizer.groups.0' selects an element of an"
            + " empty list",
        "model.layers.*.moe=1 | unknown key 'model.layers.*.moe'",
        "model.moe.router={\"type\": | the value {\"type\":: it ends in the middle of a value",
        "model.moe.router={\"k\":1,\"k\":2} | the value {\"k\":1,\"k\":2}: Duplicate field 'k'",
      })
  void invalidOverridesAreReported(String override, String message) {
    JsonNode tree = JSON.write(Presets.named("smoke").config());
    String found =
        Errors.message(ConfigException.class, () -> Overrides.apply(tree, List.of(override), JSON));
    assertTrue(found.startsWith(message), found);
  }

  @Test
  void denseModelHasNoExperts() {
    assertEquals(
        "unknown key 'model.moe.experts': model.moe is null; set model.moe itself",
        Errors.message(ConfigException.class, () -> changed("dense", "model.moe.experts=4")));
  }
}
