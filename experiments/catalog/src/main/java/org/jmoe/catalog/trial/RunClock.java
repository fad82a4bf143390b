package org.jmoe.catalog.trial;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jmoe.catalog.engine.Watch;
import org.jmoe.training.StepReport;
import org.jmoe.training.TrainingListener;
import org.jmoe.training.TrainingSpec;
import org.jmoe.training.evaluation.Evaluation;

/** Tells a watch how far a run got, and takes the time of each step. */
final class RunClock implements TrainingListener {
  private static final double FAST_SHARE = 0.1;

  private final TrainingSpec spec;
  private final Watch watch;
  private final List<Long> nanos = new ArrayList<>();
  private long mark;

  RunClock(TrainingSpec spec, Watch watch) {
    this.spec = spec;
    this.watch = watch;
  }

  @Override
  public void stepped(StepReport report) {
    long now = System.nanoTime();
    if (mark != 0) {
      nanos.add(now - mark);
    }
    mark = now;
    watch.at(
        (report.step() + 1.0) / spec.steps(), String.format(Locale.ROOT, "%.3f", report.nats()));
  }

  @Override
  public void evaluated(long step, Evaluation evaluation) {
    mark = 0; // the next step's time would be the evaluation's
  }

  /**
   * Tokens of training in a second, of the step that a tenth of the steps beat: what else runs on
   * the machine slows most steps, but rarely all.
   */
  double tokensPerSecond() {
    if (nanos.isEmpty()) {
      return Double.NaN;
    }
    List<Long> sorted = new ArrayList<>(nanos);
    Collections.sort(sorted);
    return spec.tokensPerStep() * 1e9 / sorted.get((int) (FAST_SHARE * sorted.size()));
  }
}
