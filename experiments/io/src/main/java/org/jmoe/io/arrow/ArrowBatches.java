package org.jmoe.io.arrow;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.Objects;
import org.apache.arrow.flatbuf.DictionaryBatch;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.jmoe.io.FileBytes;
import org.jmoe.io.Malformed;
import org.jspecify.annotations.Nullable;

/** Iterates over the record batches of an Arrow file and applies its dictionaries. */
public final class ArrowBatches implements ColumnBatches {
  private final FileBytes file;
  private final IpcFile ipc;
  private final ArrowColumns columns;
  private final BufferAllocator allocator;
  private final ImmutableList<Field> wanted;
  private final Dictionaries dictionaries;
  private int next;

  /** Creates an iterator that reads only the given columns. */
  public ArrowBatches(
      FileBytes file, IpcFile ipc, ArrowColumns columns, BufferAllocator allocator) {
    this.file = file;
    this.ipc = ipc;
    this.columns = columns;
    this.allocator = allocator;
    this.wanted = columns.wanted(ipc.schema());
    this.dictionaries = new Dictionaries(wanted);
  }

  @Override
  public @Nullable LoadedBatch next() {
    while (next < ipc.starts().length()) {
      int number = next++;
      LoadedBatch batch =
          Malformed.guard(
              file.path(), "Arrow message " + number, () -> load(ipc.starts().get(number)));
      if (batch != null) {
        return batch;
      }
    }
    return null;
  }

  private @Nullable LoadedBatch load(long start) {
    IpcMessage message =
        Objects.requireNonNull(IpcMessage.at(file, start, ipc.limit()), "it is empty");
    byte type = message.message().headerType();
    if (type == MessageHeader.DictionaryBatch) {
      DictionaryBatch header = (DictionaryBatch) message.message().header(new DictionaryBatch());
      dictionaries.load(
          file, allocator, message, Objects.requireNonNull(header, "it has no header"));
      return null;
    }
    Preconditions.checkArgument(
        type == MessageHeader.RecordBatch, "found a message of type %s instead of a batch", type);
    RecordBatch header = (RecordBatch) message.message().header(new RecordBatch());
    ColumnLoader loader =
        new ColumnLoader(
            file, allocator, message, Objects.requireNonNull(header, "it has no header"));
    VectorSchemaRoot root = loader.load(ipc.schema().getFields(), wanted);
    boolean done = false;
    try {
      LoadedBatch batch = LoadedBatch.of(root, columns, dictionaries);
      done = true;
      return batch;
    } finally {
      if (!done) {
        root.close();
      }
    }
  }
}
