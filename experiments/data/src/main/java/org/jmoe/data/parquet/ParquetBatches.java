package org.jmoe.data.parquet;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.parquet.VersionParser;
import org.apache.parquet.VersionParser.ParsedVersion;
import org.apache.parquet.VersionParser.VersionParseException;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.RowGroup;
import org.jmoe.data.files.ExpansionLimit;
import org.jmoe.io.Malformed;
import org.jmoe.io.arrow.ArrowColumns;
import org.jmoe.io.arrow.ColumnBatches;
import org.jmoe.io.arrow.LoadedBatch;
import org.jspecify.annotations.Nullable;

/**
 * Iterates over selected columns of a Parquet file in batches of bounded size, independent of the
 * size of row groups. Integers are widened to 64 bits.
 */
final class ParquetBatches implements ColumnBatches {
  private static final int MAX_ROWS = 1 << 12;
  private static final int MAX_SIZE = 1 << 20; // numbers and bytes of text

  private final ParquetFile parquet;
  private final ArrowColumns columns;
  private final BufferAllocator allocator;
  private final ImmutableList<Field> wanted;
  private ImmutableList<ColumnFiller> fillers = ImmutableList.of();
  private int group = -1;
  private long rowsLeft;

  ParquetBatches(ParquetFile parquet, ArrowColumns columns, BufferAllocator allocator) {
    this.parquet = parquet;
    this.columns = columns;
    this.allocator = allocator;
    this.wanted = columns.wanted(parquet.columns());
    wanted.forEach(this::checkValues);
  }

  // Runs of one value take almost no space, so the number of values must be limited.
  private void checkValues(Field field) {
    long max = ExpansionLimit.max(parquet.file().size());
    long values = 0;
    for (RowGroup each : parquet.groups()) {
      values += chunk(each, leaf(field)).getNum_values();
      if (values < 0 || values > max) {
        throw parquet
            .file()
            .malformed(
                "contains more than %d values in its column %s, too many for a file of its size; write or copy the file again"
                    .formatted(max, field.getName()));
      }
    }
  }

  @Override
  public @Nullable LoadedBatch next() {
    return Malformed.guard(
        parquet.file().path(), "row group " + Math.max(0, group), this::nextBatch);
  }

  private @Nullable LoadedBatch nextBatch() {
    while (rowsLeft == 0) {
      if (!fillers.stream().allMatch(ColumnFiller::isDone)) {
        throw new IllegalArgumentException("it has more values than rows");
      }
      group++;
      if (group == parquet.groups().size()) {
        return null;
      }
      open(parquet.groups().get(group));
    }
    VectorSchemaRoot root = VectorSchemaRoot.create(new Schema(vectors()), allocator);
    boolean done = false;
    try {
      fill(root);
      LoadedBatch batch = LoadedBatch.of(root, columns);
      done = true;
      return batch;
    } finally {
      if (!done) {
        root.close();
      }
    }
  }

  private void open(RowGroup next) {
    rowsLeft = next.getNum_rows();
    ImmutableList.Builder<ColumnFiller> list = ImmutableList.builder();
    if (rowsLeft > 0) {
      for (Field field : wanted) {
        ColumnDescriptor leaf = leaf(field);
        list.add(
            new ColumnFiller(parquet.file(), parquet.message(), leaf, chunk(next, leaf), writer()));
      }
    }
    fillers = list.build();
  }

  private void fill(VectorSchemaRoot root) {
    int rows = 0;
    long size = 0;
    while (rowsLeft > 0 && rows < MAX_ROWS && size < MAX_SIZE) {
      for (int i = 0; i < fillers.size(); i++) {
        size += fillers.get(i).fill(root.getVector(i), rows);
      }
      rows++;
      rowsLeft--;
    }
    root.setRowCount(rows);
  }

  private List<Field> vectors() {
    ArrowType number = new ArrowType.Int(64, true);
    List<Field> fields = new ArrayList<>();
    for (Field field : wanted) {
      boolean list = !field.getChildren().isEmpty();
      ArrowType type = list || field.getType() instanceof ArrowType.Utf8 ? field.getType() : number;
      Field child = new Field("element", FieldType.nullable(number), null);
      fields.add(
          new Field(field.getName(), FieldType.nullable(type), list ? List.of(child) : List.of()));
    }
    return fields;
  }

  private ColumnDescriptor leaf(Field field) {
    return parquet.message().getColumns().stream()
        .filter(column -> column.getPath()[0].equals(field.getName()))
        .findFirst()
        .orElseThrow();
  }

  private ColumnMetaData chunk(RowGroup from, ColumnDescriptor leaf) {
    List<String> path = List.of(leaf.getPath());
    return from.getColumns().stream()
        .map(chunk -> chunk.getMeta_data())
        .filter(data -> data.getPath_in_schema().equals(path))
        .findFirst()
        .orElseThrow(
            () ->
                parquet.file().malformed("is malformed: a row group has no column " + path.get(0)));
  }

  // Parquet's reader works around bugs of old writers.
  private @Nullable ParsedVersion writer() {
    try {
      return VersionParser.parse(parquet.createdBy());
    } catch (VersionParseException e) {
      return null;
    }
  }
}
