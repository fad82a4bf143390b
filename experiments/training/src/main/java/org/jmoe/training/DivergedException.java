package org.jmoe.training;

/** Training stopped because a loss or gradient is not finite. */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Creates an exception with a message that states the step, the value and the fix. */
  public DivergedException(String message) {
    super(message);
  }

  static DivergedException of(long step, String what, double value, String where) {
    return new DivergedException(
        "step %d: the %s is %s%s; lower training.optimizer.rate or lengthen the warm-up"
            .formatted(step, what, value, where));
  }
}
