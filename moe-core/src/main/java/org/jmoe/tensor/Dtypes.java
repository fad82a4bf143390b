package org.jmoe.tensor;

import ai.djl.ndarray.types.DataType;

/** Checks and codes of data types. Some types abort the JVM if they reach the engine. */
public final class Dtypes {
  private Dtypes() {}

  /**
   * Returns the type if the engine supports it.
   *
   * @throws IllegalArgumentException with the type and a supported alternative
   */
  public static DataType requireSupported(DataType type, String what) {
    return switch (type) {
      case FLOAT32, FLOAT64, FLOAT16, INT8, UINT8, INT32, INT64, BOOLEAN -> type;
      default ->
          throw new IllegalArgumentException(
              what
                  + ": DJL's PyTorch engine does not support "
                  + type
                  + "; use FLOAT32 for values and INT64 for ids");
    };
  }

  /** Returns the value of PyTorch's {@code c10::ScalarType}. */
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
