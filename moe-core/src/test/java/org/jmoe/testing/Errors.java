package org.jmoe.testing;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.function.Executable;

/** Error messages of rejected input. */
public final class Errors {
  private Errors() {}

  /** Asserts that an action throws, and returns its one-line message. */
  public static String message(Class<? extends Exception> type, Executable action) {
    String message = String.valueOf(assertThrows(type, action).getMessage());
    assertFalse(message.contains("\n"), message);
    return message;
  }
}
