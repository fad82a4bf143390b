package org.jmoe.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Conversion between NDArrays and Java arrays. */
public final class Tensors {
  private Tensors() {}

  /** Creates a float32 or float64 array. */
  public static NDArray of(NDManager manager, DataType type, double[] values, long... shape) {
    if (type == DataType.FLOAT64) {
      return manager.create(values, new Shape(shape));
    }
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return manager.create(floats, new Shape(shape));
  }

  /** Creates a float64 array. */
  public static NDArray of(NDManager manager, double[] values, long... shape) {
    return of(manager, DataType.FLOAT64, values, shape);
  }

  /** Creates a float64 matrix. */
  public static NDArray of(NDManager manager, double[][] rows) {
    return of(manager, flat(rows), rows.length, rows[0].length);
  }

  /** Creates an int64 matrix. */
  public static NDArray of(NDManager manager, int[][] rows) {
    long[] values = Arrays.stream(rows).flatMapToInt(Arrays::stream).asLongStream().toArray();
    return manager.create(values, new Shape(rows.length, rows[0].length));
  }

  /** Returns random float64 values between -2 and 2. */
  public static NDArray random(NDManager manager, long seed, long... shape) {
    int size = Math.toIntExact(new Shape(shape).size());
    return of(manager, random(seed, size), shape);
  }

  /** Returns random values between -2 and 2. */
  public static double[] random(long seed, int size) {
    return new SplittableRandom(seed).doubles(size).map(u -> 4 * u - 2).toArray();
  }

  /** Returns the elements of an array of any supported type in row-major order. */
  public static double[] doubles(NDArray array) {
    return switch (array.getDataType()) {
      case FLOAT64 -> array.toDoubleArray();
      case BOOLEAN -> {
        boolean[] flags = array.toBooleanArray();
        double[] values = new double[flags.length];
        for (int i = 0; i < flags.length; i++) {
          values[i] = flags[i] ? 1 : 0;
        }
        yield values;
      }
      default -> Arrays.stream(array.toArray()).mapToDouble(Number::doubleValue).toArray();
    };
  }

  /** Returns the elements of a matrix. */
  public static double[][] rows(NDArray array) {
    return rows(doubles(array), Math.toIntExact(array.getShape().get(1)));
  }

  /** Splits values into rows of a width. */
  public static double[][] rows(double[] values, int width) {
    double[][] rows = new double[values.length / width][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Arrays.copyOfRange(values, i * width, (i + 1) * width);
    }
    return rows;
  }

  /** Concatenates rows. */
  public static double[] flat(double[][] rows) {
    return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
  }

  /** Asserts that each element is within the tolerance, relative for values above 1. */
  public static void assertClose(double[] expected, NDArray actual, double tolerance) {
    assertClose(expected, doubles(actual), tolerance);
  }

  /** Asserts that each element is within the tolerance, relative for values above 1. */
  public static void assertClose(double[] expected, double[] actual, double tolerance) {
    assertEquals(expected.length, actual.length, "size");
    for (int i = 0; i < expected.length; i++) {
      double allowed = tolerance * Math.max(1, Math.abs(expected[i]));
      int at = i;
      assertEquals(expected[i], actual[i], allowed, () -> "element " + at);
    }
  }
}
