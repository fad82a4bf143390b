package org.jmoe.training;

/**
 * The loss or the gradients are no longer numbers; training stops rather than goes on in silence.
 */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** One sentence: the step, the value and the fix. */
  public DivergedException(String message) {
    super(message);
  }

  static DivergedException of(long step, String what, double value, String where) {
    return new DivergedException(
        "step %d: the %s is %s%s; lower training.optimizer.rate or lengthen the warm-up"
            .formatted(step, what, value, where));
  }
}
