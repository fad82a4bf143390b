package org.jmoe.training;

import org.jmoe.training.optimizer.AdamW;

/** Keeps the state of training beyond its process. */
public interface Checkpointer {
  /** Puts parameters and moments as they were saved last; the start where nothing was. */
  TrainingState restore(AdamW optimizer);

  /** Saves the state. */
  void save(TrainingState state, AdamW optimizer);

  /** Whether training is to stop after the current step, saved. */
  boolean stopRequested();

  /** Keeps nothing. */
  static Checkpointer none() {
    return new Checkpointer() {
      @Override
      public TrainingState restore(AdamW optimizer) {
        return TrainingState.start();
      }

      @Override
      public void save(TrainingState state, AdamW optimizer) {}

      @Override
      public boolean stopRequested() {
        return false;
      }
    };
  }
}
