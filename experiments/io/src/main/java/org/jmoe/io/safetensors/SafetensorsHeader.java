package org.jmoe.io.safetensors;

import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
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
import org.jmoe.io.safetensors.Safetensors.Entry;

/** The header of a safetensors file, of which nothing is believed before it is checked. */
record SafetensorsHeader(Path file) {
  private static final ObjectMapper STRICT =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(8).build())
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
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

  private static final String EIGHTH = "F8_E4M3";

  static String name(Entry entry, String tensor) {
    String name = entry.eighth() ? EIGHTH : TYPES.get(entry.type());
    if (name == null) {
      throw new IllegalArgumentException(
          tensor + " is of type " + entry.type() + ", which is not stored");
    }
    return name;
  }

  /** What is described: every tensor inside the data, none overlapping, no byte left over. */
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
      throw new DataFormatException(file, "has a header that is no JSON", e);
    }
    if (!header.isObject()) {
      throw new DataFormatException(file, "has a header that is no object");
    }
    return header;
  }

  private Entry entry(String name, JsonNode node) {
    boolean eighth = node.path("dtype").asText().equals(EIGHTH);
    DataType type = eighth ? DataType.UINT8 : TYPES.inverse().get(node.path("dtype").asText());
    JsonNode offsets = node.path("data_offsets");
    JsonNode shape = node.path("shape");
    if (type == null || !shape.isArray() || offsets.size() != 2) {
      throw new DataFormatException(file, "describes tensor '" + name + "' as " + clipped(node));
    }
    try {
      ImmutableLongArray.Builder sizes = ImmutableLongArray.builder();
      long bytes = type.getNumOfBytes();
      for (JsonNode size : shape) {
        sizes.add(whole(size));
        bytes = Math.multiplyExact(bytes, whole(size));
      }
      Entry entry =
          new Entry(type, sizes.build(), whole(offsets.get(0)), whole(offsets.get(1)), eighth);
      if (entry.end() - entry.begin() == bytes) {
        return entry;
      }
    } catch (ArithmeticException e) {
      throw new DataFormatException(file, "gives tensor '" + name + "' an impossible size", e);
    }
    throw new DataFormatException(file, "gives tensor '" + name + "' offsets unlike its shape");
  }

  private static String clipped(JsonNode node) {
    String text = node.toString();
    return text.length() > 100 ? text.substring(0, 100) + ".." : text;
  }

  private static long whole(JsonNode node) {
    if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < 0) {
      throw new ArithmeticException(node.toString());
    }
    return node.longValue();
  }

  /** Which tensor a file ends in that is too short. */
  private static String cut(Map<String, Entry> entries, long size) {
    return entries.entrySet().stream()
        .filter(entry -> entry.getValue().end() > size)
        .min(Comparator.comparingLong(entry -> entry.getValue().begin()))
        .map(entry -> ": it ends within tensor '" + entry.getKey() + "'; copy it again")
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
          file, "has " + size + " bytes of data, described are " + at + cut(entries, size));
    }
  }
}
