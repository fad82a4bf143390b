package org.jmoe.extension;

/** Thrown when an extension cannot be used. The message has its class, its jar and a fix. */
public final class ExtensionException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /** Creates an exception. */
  public ExtensionException(String message) {
    super(message);
  }

  /** Creates an exception with a cause, which {@code --debug} prints. */
  public ExtensionException(String message, Throwable cause) {
    super(message, cause);
  }
}
