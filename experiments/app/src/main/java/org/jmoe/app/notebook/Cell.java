package org.jmoe.app.notebook;

import com.google.common.base.Preconditions;

/**
 * Table cell.
 *
 * @param value value, shown as text; numbers are right-aligned
 * @param shade strength of the background color, from 0 to 1
 * @param struck whether to strike the value through
 */
public record Cell(Object value, double shade, boolean struck) {
  /** Validates the shade. */
  public Cell {
    Preconditions.checkArgument(
        shade >= 0 && shade <= 1, "shade is %s; use a value from 0 to 1", shade);
  }

  /** Returns a cell without shade; a {@code Cell} is returned as is. */
  public static Cell of(Object value) {
    return value instanceof Cell cell ? cell : new Cell(value, 0, false);
  }

  /** Returns a cell shaded by {@code value / max}. */
  public static Cell shaded(double value, double max) {
    double share = max > 0 ? value / max : 0;
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
