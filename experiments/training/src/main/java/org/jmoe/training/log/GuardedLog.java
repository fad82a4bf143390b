package org.jmoe.training.log;

import java.util.function.Consumer;
import org.jmoe.training.StepReport;
import org.jmoe.training.TrainingListener;
import org.jmoe.training.evaluation.Evaluation;

/** A log whose failure is a warning and not the end of the run. */
public final class GuardedLog implements TrainingListener {
  private final String name;
  private final TrainingListener log;
  private final Consumer<String> told;
  private boolean failed;

  /**
   * Guards a log.
   *
   * @param name of its logger
   * @param told receives the warning, once
   */
  public GuardedLog(String name, TrainingListener log, Consumer<String> told) {
    this.name = name;
    this.log = log;
    this.told = told;
  }

  @Override
  public void started(long step) {
    guard(() -> log.started(step));
  }

  @Override
  public void stepped(StepReport report) {
    guard(() -> log.stepped(report));
  }

  @Override
  public void evaluated(long step, Evaluation evaluation) {
    guard(() -> log.evaluated(step, evaluation));
  }

  @Override
  public void told(String sentence) {
    guard(() -> log.told(sentence));
  }

  @Override
  public void ended() {
    guard(log::ended);
  }

  private void guard(Runnable event) {
    if (failed) {
      return;
    }
    try {
      event.run();
    } catch (RuntimeException e) {
      failed = true;
      told.accept(
          "warning: the logger %s failed (%s); training continues without it"
              .formatted(name, e.getCause() == null ? e : e.getMessage() + ": " + e.getCause()));
    }
  }
}
