package org.jmoe.training.checkpoint;

/** A checkpoint is incomplete or corrupt. */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Creates an exception. */
  public CheckpointException(String message) {
    super(message);
  }

  /** Creates an exception with a cause. */
  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
