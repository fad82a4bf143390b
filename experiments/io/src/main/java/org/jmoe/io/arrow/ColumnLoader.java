package org.jmoe.io.arrow;

import com.google.common.base.Preconditions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.FieldNode;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BaseVariableWidthViewVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TypeLayout;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.LargeListViewVector;
import org.apache.arrow.vector.complex.ListViewVector;
import org.apache.arrow.vector.compression.NoCompressionCodec;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.arrow.vector.util.ValueVectorUtility;
import org.jmoe.io.FileBytes;

/** Loads selected columns of a record batch. Every length is checked before memory is allocated. */
final class ColumnLoader {
  private final BufferAllocator allocator;
  private final RecordBatch batch;
  private final BufferReader buffers;

  ColumnLoader(FileBytes file, BufferAllocator allocator, IpcMessage message, RecordBatch batch) {
    this.allocator = allocator;
    this.batch = batch;
    this.buffers = new BufferReader(file, allocator, message, batch.compression());
  }

  /**
   * Loads columns.
   *
   * @param all all columns of the batch, which determine the buffer positions
   * @param wanted columns to load
   * @return the loaded columns, dictionary columns as indices; the caller closes it
   */
  VectorSchemaRoot load(List<Field> all, List<Field> wanted) {
    int rows = Math.toIntExact(batch.length());
    Preconditions.checkArgument(rows >= 0, "a record batch declares %s rows", rows);
    List<ArrowFieldNode> nodes = new ArrayList<>();
    List<ArrowBuf> loaded = new ArrayList<>();
    List<Long> dataBuffers = new ArrayList<>(); // per view column
    try {
      BatchLayout layout = new BatchLayout(batch);
      for (Field field : all) {
        if (wanted.contains(field)) {
          Preconditions.checkArgument(
              node(layout.node()).length() == rows,
              "column %s and its batch differ in the number of rows",
              field.getName());
          collect(field, layout.node(), layout.buffer(), nodes, loaded);
          if (BatchLayout.physical(field) instanceof ArrowType.Utf8View) {
            int count = layout.dataBuffers(field);
            dataBuffers.add((long) count);
            for (int i = 0; i < count; i++) {
              loaded.add(buffers.read(place(layout.buffer() + 2 + i)));
            }
          }
        }
        layout.skip(field);
      }
      Preconditions.checkArgument(
          layout.node() == batch.nodesLength() && layout.buffer() == batch.buffersLength(),
          "a record batch has %s columns and %s buffers, but its schema needs %s and %s",
          batch.nodesLength(),
          batch.buffersLength(),
          layout.node(),
          layout.buffer());
      return assemble(rows, wanted, nodes, loaded, dataBuffers);
    } finally {
      loaded.forEach(ArrowBuf::close);
    }
  }

  private VectorSchemaRoot assemble(
      int rows,
      List<Field> wanted,
      List<ArrowFieldNode> nodes,
      List<ArrowBuf> loaded,
      List<Long> dataBuffers) {
    Schema schema = new Schema(wanted.stream().map(ColumnLoader::stored).toList());
    VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator);
    boolean done = false;
    try (ArrowRecordBatch part =
        new ArrowRecordBatch(
            rows, nodes, loaded, NoCompressionCodec.DEFAULT_BODY_COMPRESSION, dataBuffers, true)) {
      new VectorLoader(root).load(part);
      for (FieldVector column : root.getFieldVectors()) {
        if (!isNotValidatedByArrow(column)) {
          ValueVectorUtility.validate(column);
          ValueVectorUtility.validateFull(column);
        }
      }
      done = true;
      return root;
    } finally {
      if (!done) {
        root.close();
      }
    }
  }

  // Arrow 18.3 fails to validate fixed-size lists, which have no offsets, and views, which
  // TextColumn and ArrowRows check instead.
  private static boolean isNotValidatedByArrow(FieldVector column) {
    return column instanceof FixedSizeListVector
        || column instanceof BaseVariableWidthViewVector
        || column instanceof ListViewVector
        || column instanceof LargeListViewVector;
  }

  private void collect(
      Field field, int node, int buffer, List<ArrowFieldNode> nodes, List<ArrowBuf> loaded) {
    long length = node(node).length();
    long nulls = node(node).nullCount();
    Preconditions.checkArgument(
        length >= 0 && length <= Integer.MAX_VALUE && nulls >= 0 && nulls <= length,
        "column %s declares %s rows, %s of them null",
        field.getName(),
        length,
        nulls);
    nodes.add(new ArrowFieldNode(length, nulls));
    int count = TypeLayout.getTypeBufferCount(BatchLayout.physical(field));
    for (int i = 0; i < count; i++) {
      ArrowBuf bytes = buffers.read(place(buffer + i));
      loaded.add(bytes);
      // The bitmap may be omitted if there are no nulls.
      long bitmap = nulls == 0 ? 0 : (length + 7) / 8;
      long needed = i == 0 ? bitmap : BufferSizes.bytes(field, i, length);
      Preconditions.checkArgument(
          bytes.writerIndex() >= needed,
          "column %s has %s bytes, but its %s rows need %s",
          field.getName(),
          bytes.writerIndex(),
          length,
          needed);
    }
    ArrowType type = BatchLayout.physical(field);
    if (length > 0 && BufferSizes.offsetBytes(type) > 0) {
      ArrowBuf offsets = loaded.get(loaded.size() - count + 1);
      boolean list = !field.getChildren().isEmpty();
      long end = list ? node(node + 1).length() : loaded.get(loaded.size() - 1).writerIndex();
      long last =
          BufferSizes.offsetBytes(type) == 8
              ? offsets.getLong(8 * length)
              : offsets.getInt(4 * length);
      // Arrow would allocate memory up to the last offset.
      Preconditions.checkArgument(
          last >= 0 && last <= end,
          "column %s ends at %s, but has %s values",
          field.getName(),
          last,
          end);
    }
    if (field.getType() instanceof ArrowType.FixedSizeList list) {
      Preconditions.checkArgument(
          list.getListSize() > 0
              && node(node + 1).length() == Math.multiplyExact(length, list.getListSize()),
          "column %s does not have %s tokens per row",
          field.getName(),
          list.getListSize());
    }
    if (field.getDictionary() == null && !field.getChildren().isEmpty()) {
      collect(field.getChildren().get(0), node + 1, buffer + count, nodes, loaded);
    }
  }

  private Buffer place(int buffer) {
    return Objects.requireNonNull(batch.buffers(buffer), "a buffer is missing");
  }

  private FieldNode node(int index) {
    return Objects.requireNonNull(batch.nodes(index), "a field node is missing");
  }

  private static Field stored(Field field) {
    ArrowType type = BatchLayout.physical(field);
    List<Field> children = field.getDictionary() == null ? field.getChildren() : List.of();
    return new Field(field.getName(), new FieldType(true, type, null), children);
  }
}
