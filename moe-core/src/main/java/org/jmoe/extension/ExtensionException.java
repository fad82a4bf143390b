package org.jmoe.extension;

/** An extension that cannot be used: one sentence naming its class, its jar and the fix. */
public final class ExtensionException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /** Says what is wrong. */
  public ExtensionException(String message) {
    super(message);
  }

  /** Says what is wrong, and keeps the cause for {@code --debug}. */
  public ExtensionException(String message, Throwable cause) {
    super(message, cause);
  }
}
