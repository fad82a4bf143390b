package org.jmoe.experiments.data;

import java.util.Objects;
import java.util.Optional;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;

/** The chosen columns of one record batch, in memory. */
record LoadedBatch(VectorSchemaRoot root, ArrowColumns columns, Dictionaries dictionaries)
    implements AutoCloseable {
  int rows() {
    return root.getRowCount();
  }

  /** The tokens, or the text. */
  FieldVector main() {
    return Objects.requireNonNull(root.getVector(columns.main().getName()));
  }

  Optional<TextColumn> domain() {
    return columns.domain().map(this::text);
  }

  Optional<TextColumn> split() {
    return columns.split().map(this::text);
  }

  /** A column of words. */
  TextColumn text(Field field) {
    FieldVector vector = Objects.requireNonNull(root.getVector(field.getName()));
    return field.getDictionary() == null
        ? new TextColumn(vector)
        : new TextColumn(vector, dictionaries.words(field.getDictionary().getId()));
  }

  @Override
  public void close() {
    root.close();
  }
}
