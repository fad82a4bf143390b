package org.jmoe.app.route;

/** Thrown for an invalid route file. The message gives the field, its value and the fix. */
public final class RouteException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception with a message. */
  public RouteException(String message) {
    super(message);
  }

  /** Creates an exception with a message and a cause. */
  public RouteException(String message, Throwable cause) {
    super(message, cause);
  }
}
