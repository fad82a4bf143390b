package org.jmoe.view;

import java.util.Objects;

/** A failed request, with a one-sentence message for the page. */
public final class ViewException extends RuntimeException {
  static final int BAD = 400;
  static final int FORBIDDEN = 403;
  static final int NOT_FOUND = 404;
  static final int METHOD = 405;

  private static final long serialVersionUID = 1;

  private final int status;

  /** Creates a failure with an HTTP status. */
  ViewException(int status, String sentence) {
    super(sentence);
    this.status = status;
  }

  /** Returns the sentence. */
  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }

  /** Returns the HTTP status. */
  int status() {
    return status;
  }
}
