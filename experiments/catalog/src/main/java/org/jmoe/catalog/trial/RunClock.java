package org.jmoe.catalog.trial;

import java.util.Locale;
import org.jmoe.catalog.engine.Watch;
import org.jmoe.training.StepReport;
import org.jmoe.training.TrainingListener;
import org.jmoe.training.TrainingSpec;
import org.jmoe.training.evaluation.Evaluation;

/** Tells a watch how far a run got, and takes the time of each step. */
final class RunClock implements TrainingListener {
  private final TrainingSpec spec;
  private final Watch watch;
  private final StepTimes times = new StepTimes();
  private long mark;

  RunClock(TrainingSpec spec, Watch watch) {
    this.spec = spec;
    this.watch = watch;
  }

  @Override
  public void stepped(StepReport report) {
    long now = System.nanoTime();
    if (mark != 0) {
      times.add(now - mark);
    }
    mark = now;
    watch.at(
        (report.step() + 1.0) / spec.steps(), String.format(Locale.ROOT, "%.3f", report.nats()));
  }

  @Override
  public void evaluated(long step, Evaluation evaluation) {
    mark = 0; // the next step's time would be the evaluation's
  }

  /** Training speed, evaluations left out. */
  double tokensPerSecond() {
    return times.tokensPerSecond(spec.tokensPerStep());
  }
}
