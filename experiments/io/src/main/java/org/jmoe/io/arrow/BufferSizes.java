package org.jmoe.io.arrow;

import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/** Minimum sizes of the buffers of a column, to validate declared lengths. */
final class BufferSizes {
  private static final int VIEW = 16; // length, prefix, buffer index and offset

  private BufferSizes() {}

  /**
   * Returns the minimum number of bytes of buffer {@code index} of a column.
   *
   * @param field column of a type that {@link ArrowColumns} or {@link ArrowRecords} accepts
   * @param length number of rows
   */
  static long bytes(Field field, int index, long length) {
    if (index == 0) {
      return 0; // the validity bitmap may be omitted and is checked elsewhere
    }
    ArrowType type = BatchLayout.physical(field);
    if (type instanceof ArrowType.Int integer) {
      return Math.multiplyExact(length, integer.getBitWidth() / 8);
    }
    if (type instanceof ArrowType.FloatingPoint floating) {
      int bytes =
          switch (floating.getPrecision()) {
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

  /** Returns the bytes per offset of a list or string; 0 for other types. */
  static int offsetBytes(ArrowType type) {
    if (type instanceof ArrowType.LargeList || type instanceof ArrowType.LargeUtf8) {
      return 8;
    }
    return type instanceof ArrowType.List || type instanceof ArrowType.Utf8 ? 4 : 0;
  }
}
