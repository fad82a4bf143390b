package org.jmoe.training;

import org.jmoe.training.optimizer.ModelOptimizer;

/** Saves and restores the training state. */
public interface Checkpointer {
  /**
   * Restores the last saved parameters and moments; returns the initial state if none were saved.
   */
  TrainingState restore(ModelOptimizer optimizer);

  /** Saves a checkpoint. */
  void save(TrainingState state, ModelOptimizer optimizer);

  /** Returns whether training should save its state and stop after the current step. */
  boolean stopRequested();

  /** Returns a checkpointer that saves nothing. */
  static Checkpointer none() {
    return new Checkpointer() {
      @Override
      public TrainingState restore(ModelOptimizer optimizer) {
        return TrainingState.start();
      }

      @Override
      public void save(TrainingState state, ModelOptimizer optimizer) {}

      @Override
      public boolean stopRequested() {
        return false;
      }
    };
  }
}
