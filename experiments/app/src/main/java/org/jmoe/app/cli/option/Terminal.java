package org.jmoe.app.cli.option;

import java.io.Console;

/** Detects an interactive terminal. */
public final class Terminal {
  private Terminal() {}

  /** Whether the program runs in a terminal. */
  @SuppressWarnings(
      "SystemConsoleNull") // from JDK 22 on the answer lies in isTerminal, which 17 does not have
  public static boolean present() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return true; // before JDK 22 there is a console only in a terminal
    }
  }
}
