package org.jmoe.io.safetensors;

import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableBiMap;
import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Json;
import org.jmoe.io.safetensors.Safetensors.Entry;

/** Parses and validates the header of a safetensors file. */
record SafetensorsHeader(Path file) {
  private static final ObjectMapper STRICT = Json.strict(8).build();
  private static final ImmutableBiMap<DataType, String> TYPES =
      ImmutableBiMap.<DataType, String>builder()
          .put(DataType.FLOAT32, "F32")
          .put(DataType.FLOAT64, "F64")
          .put(DataType.FLOAT16, "F16")
          .put(DataType.INT64, "I64")
          .put(DataType.INT32, "I32")
          .put(DataType.INT8, "I8")
          .put(DataType.UINT8, "U8")
          .put(DataType.BOOLEAN, "BOOL")
          .put(DataType.BFLOAT16, "BF16")
          .put(DataType.INT16, "I16")
          .put(DataType.UINT16, "U16")
          .put(DataType.UINT32, "U32")
          .put(DataType.UINT64, "U64")
          .build();

  private static final String FLOAT8 = "F8_E4M3";
  private static final String EXPONENT = "F8_E8M0"; // of scales, read as bytes

  static String name(Entry entry, String tensor) {
    String name = entry.float8() ? FLOAT8 : TYPES.get(entry.type());
    if (name == null) {
      throw new IllegalArgumentException(
          tensor + " has type " + entry.type() + ", which safetensors does not support");
    }
    return name;
  }

  /** Returns the tensors, after checking that they cover the data without gaps or overlaps. */
  Map<String, Entry> entries(byte[] json, long dataSize) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    parse(json)
        .properties()
        .forEach(
            field -> {
              if (!field.getKey().equals("__metadata__")) {
                entries.put(field.getKey(), entry(field.getKey(), field.getValue()));
              }
            });
    checkCover(entries, dataSize);
    return entries;
  }

  private JsonNode parse(byte[] json) {
    JsonNode header;
    try {
      header = STRICT.readTree(json);
    } catch (IOException e) {
      throw new DataFormatException(file, "has a header that is not valid JSON", e);
    }
    if (!header.isObject()) {
      throw new DataFormatException(file, "has a header that is not a JSON object");
    }
    return header;
  }

  private Entry entry(String name, JsonNode node) {
    String stored = node.path("dtype").asText();
    boolean float8 = stored.equals(FLOAT8);
    DataType type =
        float8 || stored.equals(EXPONENT) ? DataType.UINT8 : TYPES.inverse().get(stored);
    JsonNode offsets = node.path("data_offsets");
    JsonNode shape = node.path("shape");
    if (type == null || !shape.isArray() || offsets.size() != 2) {
      throw new DataFormatException(
          file, "has an invalid entry for tensor '" + name + "': " + clipped(node));
    }
    try {
      ImmutableLongArray.Builder sizes = ImmutableLongArray.builder();
      long bytes = type.getNumOfBytes();
      for (JsonNode size : shape) {
        sizes.add(nonNegative(size));
        bytes = Math.multiplyExact(bytes, nonNegative(size));
      }
      Entry entry =
          new Entry(
              type,
              sizes.build(),
              nonNegative(offsets.get(0)),
              nonNegative(offsets.get(1)),
              float8);
      if (entry.end() - entry.begin() == bytes) {
        return entry;
      }
    } catch (ArithmeticException e) {
      throw new DataFormatException(file, "declares an invalid size of tensor '" + name + "'", e);
    }
    throw new DataFormatException(
        file, "has offsets of tensor '" + name + "' that do not match its shape");
  }

  private static String clipped(JsonNode node) {
    String text = node.toString();
    return text.length() > 100 ? text.substring(0, 100) + ".." : text;
  }

  private static long nonNegative(JsonNode node) {
    if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < 0) {
      throw new ArithmeticException(node.toString());
    }
    return node.longValue();
  }

  /** Returns a message suffix that states in which tensor a truncated file ends. */
  private static String truncation(Map<String, Entry> entries, long size) {
    return entries.entrySet().stream()
        .filter(entry -> entry.getValue().end() > size)
        .min(Comparator.comparingLong(entry -> entry.getValue().begin()))
        .map(entry -> ": it is truncated in tensor '" + entry.getKey() + "'; copy it again")
        .orElse("");
  }

  private void checkCover(Map<String, Entry> entries, long size) {
    List<Entry> sorted = new ArrayList<>(entries.values());
    sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long at = 0;
    for (Entry entry : sorted) {
      if (entry.begin() != at) {
        throw new DataFormatException(
            file, "has a gap or an overlap at byte " + at + " of its data");
      }
      at = entry.end();
    }
    if (at != size) {
      throw new DataFormatException(
          file,
          "has "
              + size
              + " bytes of data, but its header describes "
              + at
              + truncation(entries, size));
    }
  }
}
