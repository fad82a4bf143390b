package org.jmoe.catalog.engine;

import java.nio.file.Path;

/** Who carries out trials. */
public interface TrialHost {
  /**
   * What is to be done.
   *
   * @param experiment whose trial it is
   * @param budget of the experiment
   * @param arm of the experiment
   * @param seed of the trial
   * @param folder for its files
   */
  record Order(Experiment experiment, Budget budget, Arm arm, long seed, Path folder) {
    /** In a few words. */
    public String text() {
      return arm.name() + ", seed " + seed;
    }
  }

  /** Carries out one and leaves its folder finished; may be called by several threads at once. */
  void carryOut(Order order, Watch watch);
}
