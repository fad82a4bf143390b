package org.jmoe.training;

import java.util.List;
import org.jmoe.training.evaluation.Evaluation;

/** Observes training. */
public interface TrainingListener {
  /**
   * Called before the first step; {@code step} is the number of steps completed before resuming.
   */
  default void started(long step) {}

  /** Called after every optimizer step. */
  void stepped(StepReport report);

  /** Called after every evaluation; {@code step} is the number of completed steps. */
  void evaluated(long step, Evaluation evaluation);

  /** Called with messages for the user, such as warnings. */
  default void message(String text) {}

  /** Called after the last step, also if training fails or is stopped. */
  default void ended() {}

  /** Returns a listener that forwards to several listeners. */
  static TrainingListener all(List<TrainingListener> listeners) {
    return new TrainingListener() {
      @Override
      public void started(long step) {
        listeners.forEach(l -> l.started(step));
      }

      @Override
      public void stepped(StepReport report) {
        listeners.forEach(l -> l.stepped(report));
      }

      @Override
      public void evaluated(long step, Evaluation evaluation) {
        listeners.forEach(l -> l.evaluated(step, evaluation));
      }

      @Override
      public void message(String text) {
        listeners.forEach(l -> l.message(text));
      }

      @Override
      public void ended() {
        listeners.forEach(TrainingListener::ended);
      }
    };
  }
}
