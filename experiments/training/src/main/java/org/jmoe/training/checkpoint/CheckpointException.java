package org.jmoe.training.checkpoint;

/** A checkpoint is not what was written: one sentence with the file, the value and the fix. */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Says what is wrong where. */
  public CheckpointException(String message) {
    super(message);
  }

  /** Says what is wrong where, and keeps the cause. */
  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
