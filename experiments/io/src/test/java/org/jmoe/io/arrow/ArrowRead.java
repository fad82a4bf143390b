package org.jmoe.io.arrow;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.jmoe.io.OffHeap;

/** Reads the columns of an Arrow file. */
public final class ArrowRead {
  private ArrowRead() {}

  /** Returns all columns. */
  public static Map<String, List<Object>> columns(Path file) {
    Map<String, List<Object>> columns = new LinkedHashMap<>();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        BufferAllocator allocator = OffHeap.allocator();
        ArrowFileReader reader = new ArrowFileReader(channel, allocator)) {
      while (reader.loadNextBatch()) {
        for (FieldVector vector : reader.getVectorSchemaRoot().getFieldVectors()) {
          List<Object> column = columns.computeIfAbsent(vector.getName(), n -> new ArrayList<>());
          for (int row = 0; row < vector.getValueCount(); row++) {
            Object value = Objects.requireNonNull(vector.getObject(row));
            column.add(value instanceof Number ? value : value.toString());
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return columns;
  }

  /** Returns one column. */
  public static List<Object> column(Path file, String name) {
    return Objects.requireNonNull(columns(file).get(name), name);
  }
}
