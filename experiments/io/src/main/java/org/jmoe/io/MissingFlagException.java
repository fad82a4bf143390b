package org.jmoe.io;

/** The JVM runs without a flag that the data package needs; the message holds the exact flag. */
public final class MissingFlagException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Names the flag. */
  public MissingFlagException(String message) {
    super(message);
  }
}
