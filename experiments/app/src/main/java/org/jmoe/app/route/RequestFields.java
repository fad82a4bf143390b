package org.jmoe.app.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;

/** Reads values of a JSON tree; errors contain the path of the value. */
final class RequestFields {
  private static final int MAX_NUMBERS = 1 << 24;

  private RequestFields() {}

  static double number(JsonNode node, String place) {
    if (!node.isNumber()) {
      throw new RouteException(place + " is " + brief(node) + "; it must be a number");
    }
    double value = node.doubleValue();
    if (!Float.isFinite((float) value)) {
      throw new RouteException(
          place
              + " is "
              + value
              + "; it must be finite in float32, the type that routers compare in");
    }
    return value;
  }

  static long integer(JsonNode node, String place) {
    double value = number(node, place);
    if (value != Math.rint(value) || Math.abs(value) > 1L << 53) {
      throw new RouteException(place + " is " + brief(node) + "; it must be an integer");
    }
    return (long) value;
  }

  static int positive(JsonNode node, String place) {
    return atLeast(1, node, place);
  }

  static int nonNegative(JsonNode node, String place) {
    return atLeast(0, node, place);
  }

  private static int atLeast(int min, JsonNode node, String place) {
    long value = integer(node, place);
    if (value < min) {
      throw new RouteException(place + " is " + value + "; it must be at least " + min);
    }
    if (value > Integer.MAX_VALUE) {
      throw new RouteException(
          place + " is " + value + "; it must be at most " + Integer.MAX_VALUE);
    }
    return (int) value;
  }

  static boolean bool(JsonNode node, String place) {
    if (!node.isBoolean()) {
      throw new RouteException(place + " is " + brief(node) + "; it must be true or false");
    }
    return node.booleanValue();
  }

  static String text(JsonNode node, String place) {
    if (!node.isTextual()) {
      throw new RouteException(place + " is " + brief(node) + "; it must be a string");
    }
    return node.textValue();
  }

  static JsonNode list(JsonNode node, String place) {
    if (!node.isArray()) {
      throw new RouteException(place + " is " + brief(node) + "; it must be a list");
    }
    return node;
  }

  static ImmutableDoubleArray numbers(JsonNode node, String place) {
    ImmutableDoubleArray.Builder values = ImmutableDoubleArray.builder(list(node, place).size());
    for (int i = 0; i < node.size(); i++) {
      values.add(number(node.get(i), place + "[" + i + "]"));
    }
    return values.build();
  }

  static ImmutableLongArray integers(JsonNode node, String place) {
    ImmutableLongArray.Builder values = ImmutableLongArray.builder(list(node, place).size());
    for (int i = 0; i < node.size(); i++) {
      values.add(integer(node.get(i), place + "[" + i + "]"));
    }
    return values.build();
  }

  /** Reads booleans as 1 and 0. */
  static ImmutableLongArray booleans(JsonNode node, String place) {
    ImmutableLongArray.Builder values = ImmutableLongArray.builder(list(node, place).size());
    for (int i = 0; i < node.size(); i++) {
      values.add(bool(node.get(i), place + "[" + i + "]") ? 1 : 0);
    }
    return values.build();
  }

  static Matrix matrix(JsonNode node, String place) {
    int rows = list(node, place).size();
    int columns = rows == 0 ? 0 : list(node.get(0), place + "[0]").size();
    requireSize((long) rows * columns, place);
    ImmutableDoubleArray.Builder values = ImmutableDoubleArray.builder(rows * columns);
    for (int row = 0; row < rows; row++) {
      String at = place + "[" + row + "]";
      JsonNode line = list(node.get(row), at);
      requireLength(line.size(), columns, at, place + "[0] has");
      if (columns == 0) {
        throw new RouteException(at + " is empty; give at least one number per row");
      }
      for (int column = 0; column < columns; column++) {
        values.add(number(line.get(column), at + "[" + column + "]"));
      }
    }
    return new Matrix(rows, columns, values.build());
  }

  /** Reads (D, E, P) as (D, E * P). */
  static Matrix cube(JsonNode node, String place) {
    int rows = list(node, place).size();
    ImmutableDoubleArray.Builder values = ImmutableDoubleArray.builder();
    int columns = 0;
    for (int row = 0; row < rows; row++) {
      Matrix inner = matrix(node.get(row), place + "[" + row + "]");
      requireLength(
          inner.rows() * inner.columns(),
          row == 0 ? inner.rows() * inner.columns() : columns,
          place + "[" + row + "]",
          place + "[0] has");
      columns = inner.rows() * inner.columns();
      requireSize((long) rows * columns, place);
      values.addAll(inner.values());
    }
    return new Matrix(rows, columns, values.build());
  }

  static void requireLength(int found, int expected, String place, String reason) {
    if (found != expected) {
      throw new RouteException(
          place + " has " + found + " numbers, but " + reason + " " + expected);
    }
  }

  private static void requireSize(long numbers, String place) {
    if (numbers > MAX_NUMBERS) {
      throw new RouteException(place + " has " + numbers + " numbers; the limit is " + MAX_NUMBERS);
    }
  }

  static String brief(JsonNode node) {
    String text = node.toString();
    return text.length() <= 40 ? text : text.substring(0, 40) + "..";
  }
}
