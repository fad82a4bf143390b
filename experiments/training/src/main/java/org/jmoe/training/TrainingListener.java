package org.jmoe.training;

import java.util.List;
import org.jmoe.training.evaluation.Evaluation;

/** Looks on while a model trains. */
public interface TrainingListener {
  /** Before the first step; {@code step} is the number of steps that a resumed run has done. */
  default void started(long step) {}

  /** After every optimizer step. */
  void stepped(StepReport report);

  /** After every evaluation; step is the number of steps done. */
  void evaluated(long step, Evaluation evaluation);

  /** A sentence that a user should read: a warning, or where a run goes on. */
  default void told(String sentence) {}

  /** After the last step, also when training fails or is stopped. */
  default void ended() {}

  /** Tells several. */
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
      public void told(String sentence) {
        listeners.forEach(l -> l.told(sentence));
      }

      @Override
      public void ended() {
        listeners.forEach(TrainingListener::ended);
      }
    };
  }
}
