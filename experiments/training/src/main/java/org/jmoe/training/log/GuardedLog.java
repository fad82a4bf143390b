package org.jmoe.training.log;

import java.util.function.Consumer;
import org.jmoe.training.StepReport;
import org.jmoe.training.TrainingListener;
import org.jmoe.training.evaluation.Evaluation;

/** Wraps a log so that its failure causes a warning instead of ending the run. */
public final class GuardedLog implements TrainingListener {
  private final String name;
  private final TrainingListener log;
  private final Consumer<String> messages;
  private boolean failed;

  /**
   * Wraps a log.
   *
   * @param name name of the logger
   * @param messages receives the warning, at most once
   */
  public GuardedLog(String name, TrainingListener log, Consumer<String> messages) {
    this.name = name;
    this.log = log;
    this.messages = messages;
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
  public void message(String text) {
    guard(() -> log.message(text));
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
      messages.accept(
          "warning: the logger %s failed (%s); training continues without it"
              .formatted(name, e.getCause() == null ? e : e.getMessage() + ": " + e.getCause()));
    }
  }
}
