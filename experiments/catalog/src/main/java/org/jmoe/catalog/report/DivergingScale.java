package org.jmoe.catalog.report;

import java.awt.Color;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/**
 * Colours of a quantity that centres on a neutral value: blue below, white at the centre, red above
 * (ColorBrewer RdBu, safe for colour-blind readers).
 */
final class DivergingScale {
  private static final int COLOURS = 255;

  private static final Color[] STRONG = {
    new Color(0x2166ac),
    new Color(0x67a9cf),
    new Color(0xd1e5f0),
    new Color(0xf7f7f7),
    new Color(0xfddbc7),
    new Color(0xef8a62),
    new Color(0xb2182b)
  };

  /** Light enough for black numbers: contrast of at least 7 to 1. */
  private static final Color[] PALE = {
    new Color(0x92c5de),
    new Color(0xd1e5f0),
    new Color(0xf7f7f7),
    new Color(0xfddbc7),
    new Color(0xf4a582)
  };

  private DivergingScale() {}

  /**
   * Returns colours for equal steps from {@code min} to {@code max}.
   *
   * @param place of a value between -1 and 1, the centre at 0
   */
  static Color[] between(double min, double max, DoubleUnaryOperator place, boolean numbers) {
    Color[] stops = numbers ? PALE : STRONG;
    return IntStream.range(0, COLOURS)
        .mapToDouble(i -> min + (max - min) * i / (COLOURS - 1))
        .map(place)
        .mapToObj(p -> at(stops, p))
        .toArray(Color[]::new);
  }

  /** The place of a ratio whose neutral value is 1; four times and a quarter are the ends. */
  static double ofRatio(double ratio) {
    return Math.log(Math.max(ratio, 1e-9)) / Math.log(4);
  }

  /** The place of a share relative to its mean, which is 1; 0 and 2 are the ends. */
  static double ofShare(double share) {
    return share - 1;
  }

  private static Color at(Color[] stops, double place) {
    double position = (Math.max(-1, Math.min(1, place)) + 1) / 2 * (stops.length - 1);
    int below = Math.min((int) position, stops.length - 2);
    double part = position - below;
    Color a = stops[below];
    Color b = stops[below + 1];
    return new Color(
        mixed(a.getRed(), b.getRed(), part),
        mixed(a.getGreen(), b.getGreen(), part),
        mixed(a.getBlue(), b.getBlue(), part));
  }

  private static int mixed(int a, int b, double part) {
    return (int) Math.round(a + (b - a) * part);
  }
}
