package org.jmoe.app.route;

/** A route file asks for something that is not possible; one sentence with place, value and fix. */
public final class RouteException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** Says what is wrong. */
  public RouteException(String message) {
    super(message);
  }

  /** Says what is wrong, for a reason that another part found. */
  public RouteException(String message, Throwable cause) {
    super(message, cause);
  }
}
