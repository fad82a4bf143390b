package org.jmoe.app.bench;

import java.io.IOException;
import java.util.List;
import org.jmoe.app.bench.BenchRow.Goal;
import org.jmoe.tensor.Precision;
import org.jmoe.training.config.Overrides;
import org.jmoe.training.config.Presets;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;

/** P9, P11, P13 and the cost of checks, for complete training steps. */
final class StepRows {
  private final int steps;

  StepRows(int steps) {
    this.steps = steps;
  }

  /** Measures a 4-layer model with top-2 routing over SwiGLU experts. */
  List<BenchRow> of(int dim, int hidden, int experts, int batch, int sequence, Precision precision)
      throws IOException {
    RunConfig config = config(dim, hidden, experts, batch, sequence, precision);
    StepRig.Times times = new StepRig(config).run();
    long tokens = config.training().tokensPerStep();
    double flops = 6.0 * config.model().activeParameters() * tokens;
    boolean single = precision == Precision.FLOAT32;
    double goal = single ? (dim >= 256 ? 0.70 : 0.55) : 1.0;
    String at = "%d,%d,%d %dx%d %s".formatted(dim, hidden, experts, batch, sequence, precision);
    return List.of(
        new BenchRow(
            "P11 FLOP utilization",
            at,
            flops / times.stepSeconds() / times.peak(),
            single || dim >= 256 ? Goal.atLeast(goal) : Goal.none(),
            "1"),
        new BenchRow("tokens/s", at, tokens / times.stepSeconds(), Goal.none(), "1/s"),
        new BenchRow(
            "P13 input share",
            at,
            times.batchSeconds() / times.stepSeconds(),
            Goal.atMost(0.01),
            "1"),
        new BenchRow(
            "checks on by default",
            at,
            times.checkSeconds() / times.stepSeconds(),
            Goal.atMost(0.01),
            "1"),
        new BenchRow(
            "P9 Java heap per step", at, times.heapBytes() / 1024.0, Goal.atMost(64), "KiB"));
  }

  private RunConfig config(
      int dim, int hidden, int experts, int batch, int sequence, Precision precision) {
    RunJson json = RunJson.standard();
    List<String> changes =
        List.of(
            "model.dim=" + dim,
            "model.context=" + sequence,
            "model.feedForward.hidden=" + hidden,
            "model.moe.experts=" + experts,
            "model.moe.expert.hidden=" + hidden,
            "training.batch=" + batch,
            "training.sequence=" + sequence,
            "training.steps=" + steps,
            "training.evaluateEvery=" + steps,
            "training.evaluationBatches=1",
            "training.precision=" + precision);
    return json.read(
        Overrides.apply(json.write(Presets.named("quickstart").config()), changes, json));
  }
}
