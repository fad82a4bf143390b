package org.jmoe.app.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.file.Path;
import org.jmoe.io.Progress;
import org.jmoe.layer.RouterSpec;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.config.SpecTypes;
import org.jmoe.training.run.Run;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TemperatureRouterTest {
  private static final RunJson MINE =
      new RunJson(
          SpecTypes.standard()
              .with(RouterSpec.class, "TemperatureRouter", TemperatureRouter.Spec.class));

  @TempDir Path folder = Path.of("");

  @Test
  void trainsAndMattersInARunOfItsOwn() {
    double cold = nats(0.1);
    assertEquals(cold, nats(0.1));
    assertNotEquals(cold, nats(10));
  }

  @Test
  void itsNameStandsInTheRun() {
    nats(0.5);
    assertEquals(
        new TemperatureRouter.Spec(2, 0.5),
        MINE.read(MINE.parse(folder.resolve("run/run.json")))
            .model()
            .firstMoe()
            .orElseThrow()
            .router());
  }

  private double nats(double temperature) {
    String change = TinyRuns.router(new TemperatureRouter.Spec(2, temperature), MINE);
    RunConfig config = MINE.read(TinyRuns.tree(TinyRuns.corpus(folder), MINE, change));
    return new Run(config, MINE)
        .execute(folder.resolve("run"), true, Progress.none())
        .validationNats();
  }
}
