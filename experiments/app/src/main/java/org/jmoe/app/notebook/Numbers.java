package org.jmoe.app.notebook;

import java.util.Locale;

/** Formats numbers for display. */
final class Numbers {
  private Numbers() {}

  static String text(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** Formats with about four significant digits. */
  static String text(double value) {
    double size = Math.abs(value);
    if (!Double.isFinite(value)) {
      return Double.toString(value);
    }
    if (size != 0 && (size < 5e-4 || size >= 1e6)) {
      return String.format(Locale.ROOT, "%.1e", value);
    }
    int digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3;
    return String.format(Locale.ROOT, "%,." + digits + "f", value);
  }
}
