package org.jmoe.app.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.extension.Extensions;
import org.jmoe.io.Progress;
import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.topk.SwitchRouter;
import org.jmoe.testing.Errors;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.LoadedRun;
import org.jmoe.training.run.Run;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TemperatureRouterTest {
  private static final Extensions EXTENSIONS =
      Extensions.load().with(RouterSpec.class, TemperatureRouter.Spec.class);
  private static final RunJson MINE = new RunJson(EXTENSIONS);

  @TempDir Path folder = Path.of("");

  @Test
  void temperatureChangesTheRunAndRepeatsAreEqual() {
    double cold = nats(0.1);
    assertEquals(cold, nats(0.1));
    assertNotEquals(cold, nats(10));
  }

  @Test
  void runJsonRecordsTheRouter() {
    nats(0.5);
    assertEquals(
        new TemperatureRouter.Spec(2, 0.5),
        MINE.read(MINE.parse(folder.resolve("run/run.json")))
            .model()
            .firstMoe()
            .orElseThrow()
            .router());
  }

  @Test
  void unregisteredRoutersAreRejectedBeforeTraining() {
    RunConfig config = config(0.5);
    String refused =
        Errors.message(
            ConfigException.class, () -> Run.of(config).execute(folder.resolve("unregistered")));
    assertTrue(
        refused.startsWith("model.layers[1].blocks[0].moe.router: no JSON name is registered for "),
        refused);
    assertTrue(
        refused.contains(
            "Extensions.load().with(RouterSpec.class,"
                + " org.jmoe.app.examples.TemperatureRouter.Spec.class)"),
        refused);
    assertTrue(Files.notExists(folder.resolve("unregistered")));
    Run.of(config, EXTENSIONS).execute(folder.resolve("registered"));
    try (LoadedRun run = LoadedRun.open(folder.resolve("registered"), MINE)) {
      assertEquals(config, run.config());
    }
  }

  @Test
  void fixedCapacityRoundTripsThroughJson() {
    String change = TinyRuns.router(new SwitchRouter.Spec(0, Capacity.fixed(24)), MINE);
    RunConfig config = MINE.read(TinyRuns.tree(TinyRuns.corpus(folder), MINE, change));
    assertTrue(change.contains("{\"type\":\"FixedCapacity\",\"slots\":24}"), change);
    Run.of(config).execute(folder.resolve("fixed"));
    try (LoadedRun run = LoadedRun.open(folder.resolve("fixed"), MINE)) {
      assertEquals(config, run.config());
    }
  }

  private RunConfig config(double temperature) {
    String change = TinyRuns.router(new TemperatureRouter.Spec(2, temperature), MINE);
    return MINE.read(TinyRuns.tree(TinyRuns.corpus(folder), MINE, change));
  }

  private double nats(double temperature) {
    return new Run(config(temperature), MINE)
        .execute(folder.resolve("run"), true, Progress.none())
        .validationNats();
  }
}
