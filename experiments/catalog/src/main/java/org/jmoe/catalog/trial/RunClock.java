package org.jmoe.catalog.trial;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jmoe.catalog.engine.TrialListener;
import org.jmoe.training.StepReport;
import org.jmoe.training.TrainingListener;
import org.jmoe.training.TrainingSpec;
import org.jmoe.training.evaluation.Evaluation;

/** Reports the progress of a run to a listener and times each step. */
final class RunClock implements TrainingListener {
  private static final double FAST_SHARE = 0.1;

  private final TrainingSpec spec;
  private final TrialListener watch;
  private final List<Long> nanos = new ArrayList<>();
  private long mark;

  RunClock(TrainingSpec spec, TrialListener watch) {
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
    watch.progress(
        (report.step() + 1.0) / spec.steps(), String.format(Locale.ROOT, "%.3f", report.nats()));
  }

  @Override
  public void evaluated(long step, Evaluation evaluation) {
    mark = 0; // the evaluation would count towards the next step
  }

  /**
   * Returns the training throughput in tokens/s of a fast step, the first decile of step times:
   * other load on the machine slows most steps, but rarely all.
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
