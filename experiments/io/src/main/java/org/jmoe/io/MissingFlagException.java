package org.jmoe.io;

/** The JVM was started without a required flag, which the message states. */
public final class MissingFlagException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception. */
  public MissingFlagException(String message) {
    super(message);
  }
}
