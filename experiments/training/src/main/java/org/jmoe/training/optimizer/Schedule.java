package org.jmoe.training.optimizer;

/** A learning-rate schedule, as a record that {@code run.json} describes. */
@FunctionalInterface
public interface Schedule {
  /**
   * Returns the fraction of the peak rate at a step; depends on nothing but its arguments, so that
   * a resumed run continues the schedule.
   *
   * @param step zero-based step
   * @param steps total number of steps
   */
  double at(long step, long steps);
}
