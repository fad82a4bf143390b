package org.jmoe.models.hub;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;

/** Writes tensors as nested JSON lists. */
final class JsonTensors {
  private JsonTensors() {}

  /** Writes floats of a shape, each with enough digits to be read back exactly. */
  static void write(JsonGenerator json, float[] numbers, long... shape) throws IOException {
    write(json, i -> json.writeNumber(numbers[i]), 0, numbers.length, shape, 0);
  }

  /** Writes integers of a shape. */
  static void write(JsonGenerator json, long[] numbers, long... shape) throws IOException {
    write(json, i -> json.writeNumber(numbers[i]), 0, numbers.length, shape, 0);
  }

  private interface Element {
    void write(int at) throws IOException;
  }

  private static void write(
      JsonGenerator json, Element number, int from, int to, long[] shape, int axis)
      throws IOException {
    if (axis == shape.length) {
      number.write(from);
      return;
    }
    int step = shape[axis] == 0 ? 0 : (int) ((to - from) / shape[axis]);
    json.writeStartArray();
    for (int i = 0; i < shape[axis]; i++) {
      write(json, number, from + i * step, from + (i + 1) * step, shape, axis + 1);
    }
    json.writeEndArray();
  }
}
