package org.jmoe.tensor;

import ai.djl.ndarray.types.DataType;

/** Guards in front of the engine: some types end the JVM (SIGABRT) when they reach it. */
public final class Dtypes {
  private Dtypes() {}

  /**
   * Returns the type when the engine can take it.
   *
   * @throws IllegalArgumentException naming the type and what to use instead
   */
  public static DataType requireSupported(DataType type, String what) {
    return switch (type) {
      case FLOAT32, FLOAT64, FLOAT16, INT8, UINT8, INT32, INT64, BOOLEAN -> type;
      default ->
          throw new IllegalArgumentException(
              what
                  + ": the PyTorch engine cannot take "
                  + type
                  + " from Java; use FLOAT32 for numbers and INT64 for ids");
    };
  }

  /** The scalar type number of PyTorch's {@code c10::ScalarType}. */
  static int torchCode(DataType type) {
    return switch (type) {
      case UINT8 -> 0;
      case INT8 -> 1;
      case INT32 -> 3;
      case INT64 -> 4;
      case FLOAT16 -> 5;
      case FLOAT32 -> 6;
      case FLOAT64 -> 7;
      case BOOLEAN -> 11;
      case BFLOAT16 -> 15;
      default -> throw new IllegalArgumentException("no PyTorch type for " + type);
    };
  }
}
