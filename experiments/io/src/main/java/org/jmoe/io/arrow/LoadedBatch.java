package org.jmoe.io.arrow;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * The selected columns of a record batch, in memory.
 *
 * @param main column of the tokens or the text
 * @param masks mask columns, for {@code RowMasks}
 * @param text the values of {@code main}, if it contains text
 */
public record LoadedBatch(
    VectorSchemaRoot root,
    FieldVector main,
    Optional<TextColumn> text,
    Optional<TextColumn> domain,
    Optional<TextColumn> split,
    ImmutableList<FieldVector> masks)
    implements AutoCloseable {

  /** Returns the chosen columns among vectors without dictionaries. */
  public static LoadedBatch of(VectorSchemaRoot root, ArrowColumns columns) {
    return of(root, columns, new Dictionaries(List.of()));
  }

  static LoadedBatch of(VectorSchemaRoot root, ArrowColumns columns, Dictionaries dictionaries) {
    return new LoadedBatch(
        root,
        vector(root, columns.main()),
        Optional.of(columns.main())
            .filter(ArrowColumns::isText)
            .map(field -> text(root, field, dictionaries)),
        columns.domain().map(field -> text(root, field, dictionaries)),
        columns.split().map(field -> text(root, field, dictionaries)),
        columns.masks().stream()
            .map(field -> vector(root, field))
            .collect(ImmutableList.toImmutableList()));
  }

  private static TextColumn text(VectorSchemaRoot root, Field field, Dictionaries dictionaries) {
    FieldVector vector = vector(root, field);
    return field.getDictionary() == null
        ? new TextColumn(vector)
        : new TextColumn(vector, dictionaries.words(field.getDictionary().getId()));
  }

  private static FieldVector vector(VectorSchemaRoot root, Field field) {
    return Objects.requireNonNull(root.getVector(field.getName()));
  }

  /** Returns the number of rows. */
  public int rows() {
    return root.getRowCount();
  }

  @Override
  public void close() {
    root.close();
  }
}
