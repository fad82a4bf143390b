package org.jmoe.training;

/** Training saved its state and stopped on request. */
public final class StoppedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Creates an exception after {@code step} completed steps. */
  public StoppedException(long step) {
    super(
        "stopped after step "
            + step
            + " and saved a checkpoint; repeat the same command to resume");
  }
}
