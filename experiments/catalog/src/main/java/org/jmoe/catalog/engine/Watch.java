package org.jmoe.catalog.engine;

/** Looks on while a trial runs. */
public interface Watch {
  /**
   * Hears how far the trial got.
   *
   * @param share of it, in [0, 1]
   * @param state a few words, such as the loss
   */
  void at(double share, String state);

  /** Whether to save what can be saved and stop. */
  boolean stop();

  /** Nobody. */
  static Watch none() {
    return new Watch() {
      @Override
      public void at(double share, String state) {}

      @Override
      public boolean stop() {
        return false;
      }
    };
  }
}
