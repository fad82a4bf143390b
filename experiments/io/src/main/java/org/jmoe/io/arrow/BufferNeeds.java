package org.jmoe.io.arrow;

import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/** How many bytes each buffer of a column must have at least, so that no length can lie. */
final class BufferNeeds {
  private static final int VIEW = 16; // length, beginning, and where the rest lies

  private BufferNeeds() {}

  /**
   * Bytes that buffer {@code index} of a column needs.
   *
   * @param field column of a type that {@link ArrowColumns} or {@link ArrowRecords} accepts
   * @param length rows of the column
   */
  static long bytes(Field field, int index, long length) {
    if (index == 0) {
      return 0; // validity, checked apart: it may be left out
    }
    ArrowType type = BatchLayout.physical(field);
    if (type instanceof ArrowType.Int integer) {
      return Math.multiplyExact(length, integer.getBitWidth() / 8);
    }
    if (type instanceof ArrowType.FloatingPoint real) {
      int bytes =
          switch (real.getPrecision()) {
            case HALF -> 2;
            case SINGLE -> 4;
            case DOUBLE -> 8;
          };
      return Math.multiplyExact(length, bytes);
    }
    if (type instanceof ArrowType.Utf8View) {
      return index == 1 ? Math.multiplyExact(length, VIEW) : 0;
    }
    if (type instanceof ArrowType.ListView || type instanceof ArrowType.LargeListView) {
      return Math.multiplyExact(length, type instanceof ArrowType.ListView ? 4 : 8);
    }
    boolean offsets = index == 1 && length > 0;
    return offsets ? Math.multiplyExact(Math.addExact(length, 1), offsetBytes(type)) : 0;
  }

  /** Bytes of an offset of a list or string, 0 for other types. */
  static int offsetBytes(ArrowType type) {
    if (type instanceof ArrowType.LargeList || type instanceof ArrowType.LargeUtf8) {
      return 8;
    }
    return type instanceof ArrowType.List || type instanceof ArrowType.Utf8 ? 4 : 0;
  }
}
