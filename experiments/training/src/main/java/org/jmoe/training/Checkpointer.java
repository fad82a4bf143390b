package org.jmoe.training;

import org.jmoe.training.optimizer.AdamW;

/** Saves and restores the training state. */
public interface Checkpointer {
  /**
   * Restores the last saved parameters and moments; returns the initial state if none were saved.
   */
  TrainingState restore(AdamW optimizer);

  /** Saves a checkpoint. */
  void save(TrainingState state, AdamW optimizer);

  /** Returns whether training should save its state and stop after the current step. */
  boolean stopRequested();

  /** Returns a checkpointer that saves nothing. */
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
