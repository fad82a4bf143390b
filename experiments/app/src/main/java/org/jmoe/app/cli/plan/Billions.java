package org.jmoe.app.cli.plan;

import java.util.Locale;

/** Formats large numbers in billions. */
final class Billions {
  private static final double BILLION = 1e9;

  private Billions() {}

  /** {@code 46.70 B}, and {@code 3,478,656} below a tenth of a billion. */
  static String of(long count) {
    return count < BILLION / 10
        ? String.format(Locale.ROOT, "%,d", count)
        : String.format(Locale.ROOT, "%,.2f B", count / BILLION);
  }
}
