package org.jmoe.training;

/** Training was asked to stop and did, its state saved. */
public final class StoppedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** After so many steps. */
  public StoppedException(long step) {
    super("stopped after step " + step + ", saved; the same command goes on from there");
  }
}
