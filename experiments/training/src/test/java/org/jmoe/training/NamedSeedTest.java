package org.jmoe.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.nn.Parameter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jmoe.routing.topk.NoisyTopKRouter;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random draws of one component do not depend on other components. */
final class NamedSeedTest {
  @TempDir Path folder = Path.of("");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.moe.router={\"type\":\"DenseSoftRouter\"}",
        "model.moe.router.k=1",
        "model.layers.1.repeat=2",
        "model.learnedPositions=true",
      })
  void changeKeepsWeightsOfOtherComponents(String change) {
    try (TinyTraining before = new TinyTraining(folder);
        TinyTraining after = new TinyTraining(folder, change)) {
      Map<String, float[]> expected = weights(before);
      Map<String, float[]> found = weights(after);
      assertTrue(found.keySet().containsAll(expected.keySet()));
      expected.forEach(
          (name, values) -> {
            // The standard deviation of this weight depends on the depth.
            if (!(change.startsWith("model.layers") && name.endsWith("attention/out"))) {
              assertArrayEquals(values, found.get(name), name);
            }
          });
    }
  }

  @Test
  void routerWithOtherParametersKeepsOtherWeights() {
    String noisy = TinyRuns.router(NoisyTopKRouter.Spec.of(2));
    try (TinyTraining before = new TinyTraining(folder);
        TinyTraining after = new TinyTraining(folder, noisy)) {
      Map<String, float[]> expected = weights(before);
      Map<String, float[]> found = weights(after);
      expected.keySet().removeIf(name -> name.contains("/router/"));
      found.keySet().removeIf(name -> name.contains("/router/"));
      assertEquals(expected.keySet(), found.keySet());
      expected.forEach((name, values) -> assertArrayEquals(values, found.get(name), name));
    }
  }

  @Test
  void differentSeedsGiveDifferentWeights() {
    try (TinyTraining one = new TinyTraining(folder);
        TinyTraining two = new TinyTraining(folder, "seed=2")) {
      String name = "model/layers/1/moe/experts/in";
      assertNotEquals(
          Objects.requireNonNull(weights(one).get(name))[0],
          Objects.requireNonNull(weights(two).get(name))[0]);
    }
  }

  private static Map<String, float[]> weights(TinyTraining tiny) {
    Map<String, float[]> weights = new LinkedHashMap<>();
    for (Parameter parameter : tiny.model.getParameters().values()) {
      weights.put(parameter.getName(), parameter.getArray().toFloatArray());
    }
    return weights;
  }
}
