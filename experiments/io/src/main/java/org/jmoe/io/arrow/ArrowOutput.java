package org.jmoe.io.arrow;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jmoe.io.AtomicFile;
import org.jmoe.io.OffHeap;

/** Writes an Arrow IPC file: fill the columns, then flush them as a record batch, repeatedly. */
public final class ArrowOutput implements AutoCloseable {
  private final AtomicFile file;
  private final BufferAllocator allocator;
  private final VarCharVector words;
  private final VectorSchemaRoot root;
  private final Map<String, String> footer = new HashMap<>(); // read by the writer when it ends
  private final ArrowFileWriter writer;

  private ArrowOutput(
      AtomicFile file, BufferAllocator allocator, Schema schema, List<String> labels) {
    this.file = file;
    this.allocator = allocator;
    this.words = new VarCharVector("words", allocator);
    for (int i = 0; i < labels.size(); i++) {
      words.setSafe(i, labels.get(i).getBytes(StandardCharsets.UTF_8));
    }
    words.setValueCount(labels.size());
    MapDictionaryProvider dictionaries = new MapDictionaryProvider();
    for (Field field : schema.getFields()) {
      if (field.getDictionary() != null) {
        dictionaries.put(new Dictionary(words, field.getDictionary()));
      }
    }
    this.root = VectorSchemaRoot.create(schema, allocator);
    this.writer = new ArrowFileWriter(root, dictionaries, file.channel(), footer);
  }

  /**
   * Starts writing a file.
   *
   * @param replace whether to replace an existing file
   * @param labels values of the dictionary columns
   */
  public static ArrowOutput create(Path path, boolean replace, Schema schema, List<String> labels) {
    BufferAllocator allocator =
        OffHeap.allocator(); // first, since it fails if a JVM flag is missing
    boolean done = false;
    try {
      ArrowOutput output =
          new ArrowOutput(AtomicFile.create(path, replace), allocator, schema, labels);
      done = true;
      return output;
    } finally {
      if (!done) {
        allocator.close();
      }
    }
  }

  /** Returns a column to fill. */
  public <T extends FieldVector> T column(String name, Class<T> type) {
    return type.cast(root.getVector(name));
  }

  /** Writes the columns as a record batch and clears them. */
  public void flush(int rows) {
    try {
      root.setRowCount(rows);
      writer.writeBatch();
      root.clear();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the tokens", e);
    }
  }

  /** Writes the footer, including final metadata, and completes the file. */
  public void finish(Map<String, String> late) {
    try {
      writer.start(); // has no effect after the first batch
      footer.putAll(late);
      writer.end();
      file.commit();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the tokens", e);
    }
  }

  @Override
  public void close() {
    root.close();
    words.close();
    allocator.close();
    file.close();
  }
}
