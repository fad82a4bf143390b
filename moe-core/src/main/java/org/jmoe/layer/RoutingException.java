package org.jmoe.layer;

/** Thrown when routing is not defined for a value, such as a non-finite logit. */
public final class RoutingException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Creates an exception with layer, token, value and fix in one sentence. */
  public RoutingException(String message) {
    super(message);
  }
}
