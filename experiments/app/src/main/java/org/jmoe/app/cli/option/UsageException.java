package org.jmoe.app.cli.option;

/**
 * The user asked for something impossible; the message is one sentence with value, place and fix.
 * Exit code 2.
 */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what is wrong. */
  public UsageException(String message) {
    super(message);
  }
}
