package org.jmoe.training.config;

import org.jmoe.io.OneLine;

/** Invalid configuration or command input; the message states the value, its place and the fix. */
public final class ConfigException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /** Creates an exception. */
  public ConfigException(String message) {
    super(OneLine.of(message));
  }

  /** Creates an exception with a cause, which {@code --debug} shows. */
  public ConfigException(String message, Throwable cause) {
    super(OneLine.of(message), cause);
  }
}
