package org.jmoe.training;

import java.util.List;
import org.jmoe.training.evaluation.Evaluation;

/** Looks on while a model trains. */
public interface TrainingListener {
  /** After every optimizer step. */
  void stepped(StepReport report);

  /** After every evaluation; step is the number of steps done. */
  void evaluated(long step, Evaluation evaluation);

  /** A sentence that a user should read: a warning, or where a run goes on. */
  default void told(String sentence) {}

  /** Tells several. */
  static TrainingListener all(List<TrainingListener> listeners) {
    return new TrainingListener() {
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
    };
  }
}
