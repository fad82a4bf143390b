package org.jmoe.io.arrow;

import java.util.HashMap;
import java.util.Map;
import org.apache.arrow.flatbuf.Endianness;
import org.apache.arrow.flatbuf.KeyValue;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jmoe.io.FileBytes;

/** Converts schemas of Arrow files after checking their size. */
final class IpcSchema {
  private static final int MAX_FIELDS = 20_000;
  private static final int MAX_DEPTH = 64;

  private IpcSchema() {}

  /** Converts a schema; a dictionary column gets the type of its values. */
  static Schema convert(FileBytes file, org.apache.arrow.flatbuf.Schema schema) {
    if (schema.endianness() != Endianness.Little) {
      throw file.malformed(
          "is big-endian Arrow, which is not supported; write it on a little-endian machine");
    }
    int budget = MAX_FIELDS;
    for (int i = 0; i < checked(file, schema.fieldsLength()); i++) {
      budget = count(file, schema.fields(i), budget, 0);
    }
    checked(file, schema.customMetadataLength());
    return Schema.convertSchema(schema);
  }

  /** Returns the custom metadata of a footer. */
  static Map<String, String> footerMetadata(
      FileBytes file, org.apache.arrow.flatbuf.Footer footer) {
    Map<String, String> metadata = new HashMap<>();
    for (int i = 0; i < checked(file, footer.customMetadataLength()); i++) {
      KeyValue entry = footer.customMetadata(i);
      metadata.put(entry.key(), entry.value());
    }
    return metadata;
  }

  // A FlatBuffer can reference one field many times, so a few bytes can describe billions of
  // fields.
  private static int count(
      FileBytes file, org.apache.arrow.flatbuf.Field field, int budget, int depth) {
    int children = checked(file, field.childrenLength());
    int left = budget - 1 - checked(file, field.customMetadataLength());
    if (left < 0 || depth > MAX_DEPTH) {
      throw file.malformed(
          "is malformed: its Arrow schema has more than %d fields or %d levels"
              .formatted(MAX_FIELDS, MAX_DEPTH));
    }
    for (int i = 0; i < children; i++) {
      left = count(file, field.children(i), left, depth + 1);
    }
    return left;
  }

  private static int checked(FileBytes file, int length) {
    if (length < 0 || length > MAX_FIELDS) {
      throw file.malformed(
          "is malformed: its Arrow schema declares a list of %d entries".formatted(length));
    }
    return length;
  }
}
