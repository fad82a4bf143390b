package org.jmoe.io.arrow;

import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.vector.TypeLayout;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Computes the index of the first field node and buffer of each column of a record batch by
 * traversing the schema.
 */
final class BatchLayout {
  private final RecordBatch batch;
  private int node;
  private int buffer;
  private int variadic;

  BatchLayout(RecordBatch batch) {
    this.batch = batch;
  }

  /** Returns the index of the next field node. */
  int node() {
    return node;
  }

  /** Returns the index of the next buffer. */
  int buffer() {
    return buffer;
  }

  /** Returns the number of data buffers of the next column; 0 unless it is a view. */
  int dataBuffers(Field field) {
    return isView(physical(field)) ? Math.toIntExact(batch.variadicBufferCounts(variadic)) : 0;
  }

  private static boolean isView(ArrowType type) {
    return type instanceof ArrowType.Utf8View || type instanceof ArrowType.BinaryView;
  }

  /** Skips a column. */
  void skip(Field field) {
    ArrowType type = physical(field);
    node++;
    buffer += TypeLayout.getTypeBufferCount(type);
    if (isView(type)) {
      buffer += Math.toIntExact(batch.variadicBufferCounts(variadic++));
    }
    if (field.getDictionary() == null) {
      field.getChildren().forEach(this::skip);
    }
  }

  /** Returns the type of the buffers; a dictionary column stores indices. */
  static ArrowType physical(Field field) {
    return field.getDictionary() == null ? field.getType() : field.getDictionary().getIndexType();
  }
}
