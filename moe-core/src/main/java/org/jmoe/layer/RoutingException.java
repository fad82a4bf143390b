package org.jmoe.layer;

/** Routing met a value for which no published rule is defined. */
public final class RoutingException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** One sentence: the layer, the token, the value and the fix. */
  public RoutingException(String message) {
    super(message);
  }
}
