package org.jmoe.io;

/** Keeps messages that quote names from files on one line. */
public final class OneLine {
  private static final int START = 3000;
  private static final int END = 500; // states the fix

  private OneLine() {}

  /** Returns a text with line breaks escaped and, if it is long, its middle omitted. */
  public static String of(String text) {
    String line = text.strip().replace("\r", "\\r").replace("\n", "\\n");
    return line.length() > START + END
        ? line.substring(0, START) + " … " + line.substring(line.length() - END)
        : line;
  }
}
