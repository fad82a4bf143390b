package org.jmoe.catalog.engine;

import java.nio.file.Path;

/** Runs trials, in this process or elsewhere. */
public interface TrialHost {
  /**
   * A trial to run.
   *
   * @param experiment experiment of the trial
   * @param budget budget of the experiment
   * @param arm arm of the experiment
   * @param seed seed of the trial
   * @param folder output folder
   */
  record Job(Experiment experiment, Budget budget, Arm arm, long seed, Path folder) {
    /** Returns a short description. */
    public String text() {
      return arm.name() + ", seed " + seed;
    }
  }

  /** Runs one trial and leaves its folder finished; may be called by several threads at once. */
  void run(Job job, TrialListener watch);
}
