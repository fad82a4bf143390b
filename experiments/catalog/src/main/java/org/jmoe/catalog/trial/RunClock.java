package org.jmoe.catalog.trial;

import java.util.Locale;
import org.jmoe.catalog.engine.TrialListener;
import org.jmoe.training.StepReport;
import org.jmoe.training.TrainingListener;
import org.jmoe.training.TrainingSpec;
import org.jmoe.training.evaluation.Evaluation;

/** Reports the progress of a run to a listener and times each step. */
final class RunClock implements TrainingListener {
  private final TrainingSpec spec;
  private final TrialListener watch;
  private final StepTimes times = new StepTimes();
  private long mark;

  RunClock(TrainingSpec spec, TrialListener watch) {
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
    watch.progress(
        (report.step() + 1.0) / spec.steps(), String.format(Locale.ROOT, "%.3f", report.nats()));
  }

  @Override
  public void evaluated(long step, Evaluation evaluation) {
    mark = 0; // the evaluation would count towards the next step
  }

  /** Returns the training throughput in tokens/s, evaluations excluded. */
  double tokensPerSecond() {
    return times.tokensPerSecond((double) spec.tokensPerStep());
  }
}
