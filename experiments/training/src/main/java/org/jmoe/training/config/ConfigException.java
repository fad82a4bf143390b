package org.jmoe.training.config;

/** A configuration that cannot be used: one sentence with the value, its path and the fix. */
public final class ConfigException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /** Says what is wrong where. */
  public ConfigException(String message) {
    super(message);
  }

  /** Says what is wrong where, and keeps the cause for {@code --debug}. */
  public ConfigException(String message, Throwable cause) {
    super(message, cause);
  }
}
