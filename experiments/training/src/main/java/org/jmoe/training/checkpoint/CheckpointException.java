package org.jmoe.training.checkpoint;

import org.jmoe.io.OneLine;

/** A checkpoint is incomplete or corrupt. */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Creates an exception. */
  public CheckpointException(String message) {
    super(OneLine.of(message));
  }

  /** Creates an exception with a cause. */
  public CheckpointException(String message, Throwable cause) {
    super(OneLine.of(message), cause);
  }
}
