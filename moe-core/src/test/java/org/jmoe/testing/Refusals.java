package org.jmoe.testing;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.function.Executable;

/** What a wrong input is told. */
public final class Refusals {
  private Refusals() {}

  /** The one line with which the action is refused. */
  public static String message(Class<? extends Exception> type, Executable action) {
    String message = String.valueOf(assertThrows(type, action).getMessage());
    assertFalse(message.contains("\n"), message);
    return message;
  }
}
