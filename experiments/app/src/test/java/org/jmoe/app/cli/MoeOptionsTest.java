package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.jmoe.layer.MoeLayer;
import org.jmoe.plan.DropOrder;
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.routing.published.RouterPresets;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.RunDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the options for router, experts, k and capacity. */
class MoeOptionsTest {
  @TempDir Path folder = Path.of("");

  private MoeLayer.Spec trained(String options) {
    Path out = folder.resolve("run");
    Run run =
        Run.of(
            ("train --preset smoke --set training.steps=1 --set training.evaluateEvery=1 --set"
                    + " training.evaluationBatches=1 --data synthetic.arrow --set"
                    + " training.batch=1 --out "
                    + out
                    + " "
                    + options)
                .replace("synthetic.arrow", data().toString())
                .split(" "));
    assertEquals(0, run.code(), run.err());
    return RunDirectory.open(out)
        .configuration(RunJson.standard())
        .model()
        .firstMoe()
        .orElseThrow();
  }

  private Path data() {
    Path data = folder.resolve("data.arrow");
    Run run = Run.of("data", "synthetic", data.toString());
    assertEquals(0, run.code(), run.err());
    return data;
  }

  @Test
  void allOptionsCombine() {
    MoeLayer.Spec moe = trained("--router deepseek-v3 --experts 16 --k 2 --capacity 1.25");
    assertEquals(16, moe.experts());
    DeepSeekV3Router.Spec router = (DeepSeekV3Router.Spec) moe.router();
    assertEquals(2, router.k());
    assertEquals(1.25, router.capacity().trainFactor());
    assertEquals(Double.POSITIVE_INFINITY, router.capacity().evalFactor());
    assertEquals(DropOrder.TOKEN_MAJOR, router.capacity().order());
  }

  @Test
  void setOverridesOptions() {
    MoeLayer.Spec moe = trained("--experts 8 --k 3 --set model.moe.router.k=1");
    assertEquals(8, moe.experts());
    assertEquals(1, ((TopKRouter.Spec) moe.router()).k());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--router deepseekv3 | --router is 'deepseekv3'; did you mean 'deepseek-v3'?",
        "--router xyz | --router is 'xyz', which no preset has. See jmoe presets --routers.",
        "--k 9 | k must be between 1 and experts = 4, not 9",
        "--experts 0 | experts must be at least 1",
        "--capacity -1 | capacity trainFactor must be above 0",
        "--router dense-soft --k 2 | preset dense-soft has no field 'k'",
        "--preset dense --experts 4 | this model has none",
        "--set model.moe.router=switch | use --router switch instead",
      })
  void rejectsInvalidOptions(String options, String message) {
    String preset = options.contains("--preset") ? "" : "--preset smoke ";
    Run run = Run.of(("train --out " + folder.resolve("x") + " " + preset + options).split(" "));
    assertEquals(2, run.code(), run.err());
    assertTrue(run.err().contains(message), run.err());
  }

  @Test
  void everyPresetIsAnOption() {
    for (String name : RouterPresets.all().stream().map(preset -> preset.name()).toList()) {
      Run run = Run.of("train", "--router", name, "--resume", folder.resolve("none").toString());
      assertTrue(run.err().contains("--resume takes its configuration"), run.err());
    }
  }
}
