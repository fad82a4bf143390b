package org.jmoe.training.log;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jmoe.metrics.LoadReport;
import org.jmoe.training.StepClock;
import org.jmoe.training.StepReport;
import org.jmoe.training.TrainingListener;
import org.jmoe.training.evaluation.Evaluation;
import org.jspecify.annotations.Nullable;

/**
 * Writes scalars to TensorBoard event files as a run trains: {@code train/nats}, {@code
 * train/gradient_norm}, {@code train/learning_rate}, {@code train/tokens_per_second}, {@code
 * losses/NAME}, {@code validation/nats}, and for each layer {@code load_max_over_mean/LAYER}. Each
 * process writes its own file; the file of a resumed run marks which steps are repeated.
 */
public final class TensorBoardLog implements TrainingListener {
  private final Path folder;
  private final StepClock clock = new StepClock();
  private @Nullable EventFile file; // created by the first event
  private long done; // completed steps when training started or was resumed

  /** Creates a log in a folder, which is created if necessary. */
  public TensorBoardLog(Path folder) {
    this.folder = folder;
  }

  @Override
  public void started(long step) {
    done = step;
    clock.start();
  }

  @Override
  public void stepped(StepReport report) {
    Map<String, Double> scalars = new LinkedHashMap<>();
    scalars.put("train/nats", report.nats());
    scalars.put("train/gradient_norm", report.gradientNorm());
    scalars.put("train/learning_rate", report.rate());
    scalars.put("train/tokens_per_second", clock.tokensPerSecond(report));
    report.penalties().forEach((name, value) -> scalars.put("losses/" + name, value));
    for (LoadReport load : report.layers().values()) {
      scalars.put("load_max_over_mean/" + load.layer(), load.maxOverMean());
    }

    write(report.step() + 1, scalars);
  }

  @Override
  public void evaluated(long step, Evaluation evaluation) {
    write(step, Map.of("validation/nats", evaluation.nats()));
    clock.start();
  }

  private void write(long step, Map<String, Double> scalars) {
    if (file == null) {
      file = EventFile.create(folder, done + 1);
    }
    file.scalars(step, scalars);
  }

  @Override
  public void ended() {
    if (file != null) {
      file.close();
    }
  }
}
