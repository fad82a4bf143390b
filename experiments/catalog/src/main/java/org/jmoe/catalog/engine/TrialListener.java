package org.jmoe.catalog.engine;

/** Receives the progress of a trial and may request a stop. */
public interface TrialListener {
  /**
   * Reports progress.
   *
   * @param share fraction done, in [0, 1]
   * @param state short status, such as the loss
   */
  void progress(double share, String state);

  /** Returns whether the trial should save its state and stop. */
  boolean shouldStop();

  /** Returns a listener that ignores progress and never stops. */
  static TrialListener none() {
    return new TrialListener() {
      @Override
      public void progress(double share, String state) {}

      @Override
      public boolean shouldStop() {
        return false;
      }
    };
  }
}
