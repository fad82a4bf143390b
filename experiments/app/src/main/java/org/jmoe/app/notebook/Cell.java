package org.jmoe.app.notebook;

import com.google.common.base.Preconditions;

/**
 * A value in a table.
 *
 * @param value shown as text; numbers are aligned right
 * @param shade how strongly its ground is coloured, 0 to 1
 * @param struck whether it is crossed out
 */
public record Cell(Object value, double shade, boolean struck) {
  /** Checks the shade. */
  public Cell {
    Preconditions.checkArgument(
        shade >= 0 && shade <= 1, "shade must be between 0 and 1, not %s", shade);
  }

  /** A value on plain ground. */
  public static Cell of(Object value) {
    return value instanceof Cell cell ? cell : new Cell(value, 0, false);
  }

  /** A number on ground the more coloured the nearer it comes to the most. */
  public static Cell shaded(double value, double most) {
    double share = most > 0 ? value / most : 0;
    return new Cell(value, Double.isNaN(share) ? 0 : Math.max(0, Math.min(1, share)), false);
  }

  boolean isNumber() {
    return value instanceof Number;
  }

  String text() {
    if (value instanceof Double || value instanceof Float) {
      return Numbers.text(((Number) value).doubleValue());
    }
    return value instanceof Number n ? Numbers.text(n.longValue()) : String.valueOf(value);
  }
}
