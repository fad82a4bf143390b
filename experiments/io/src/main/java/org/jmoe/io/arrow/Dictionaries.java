package org.jmoe.io.arrow;

import com.google.common.base.Preconditions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.flatbuf.DictionaryBatch;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.jmoe.io.FileBytes;

/** Values of the dictionaries read so far, by dictionary id. */
final class Dictionaries {
  private static final long MAX_BYTES = 1L << 26;

  private final Map<Long, Field> columns = new HashMap<>();
  private final Map<Long, List<String>> words = new HashMap<>();

  /** Creates dictionaries for the dictionary-encoded columns among {@code wanted}. */
  Dictionaries(List<Field> wanted) {
    for (Field field : wanted) {
      if (field.getDictionary() != null) {
        Field values =
            new Field(field.getName(), new FieldType(true, field.getType(), null), List.of());
        columns.put(field.getDictionary().getId(), values);
      }
    }
  }

  /** Reads a dictionary batch; a delta is appended, otherwise the dictionary is replaced. */
  void load(
      FileBytes file, BufferAllocator allocator, IpcMessage message, DictionaryBatch dictionary) {
    Field values = columns.get(dictionary.id());
    if (values == null) {
      return; // belongs to a column that is not read
    }
    Preconditions.checkArgument(
        message.bodyLength() <= MAX_BYTES,
        "a dictionary of domains has %s bytes, more than the supported maximum",
        message.bodyLength());
    List<String> list =
        dictionary.isDelta()
            ? words.computeIfAbsent(dictionary.id(), id -> new ArrayList<>())
            : new ArrayList<>();
    ColumnLoader loader =
        new ColumnLoader(
            file,
            allocator,
            message,
            Objects.requireNonNull(dictionary.data(), "a dictionary is empty"));
    try (VectorSchemaRoot root = loader.load(List.of(values), List.of(values))) {
      TextColumn text = new TextColumn(root.getVector(0));
      for (int i = 0; i < root.getRowCount(); i++) {
        list.add(Objects.requireNonNullElse(text.at(i), "null"));
      }
    }
    words.put(dictionary.id(), list);
  }

  /** Returns the values of a dictionary. */
  List<String> words(long id) {
    return Objects.requireNonNull(words.get(id), "a dictionary is missing");
  }
}
