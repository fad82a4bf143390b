package org.jmoe.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Errors;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

final class DtypesTest {
  @RegisterExtension final BatchScope scope = new BatchScope();

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"FLOAT32", "FLOAT64", "FLOAT16", "INT8", "UINT8", "INT32", "INT64", "BOOLEAN"})
  void supportedTypesWorkInTheEngine(DataType type) {
    assertEquals(type, Dtypes.requireSupported(type, "x"));
    assertEquals(type, scope.manager().zeros(new Shape(2), type).getDataType());
  }

  /** None of these may reach the engine: several abort the JVM. */
  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      mode = Mode.EXCLUDE,
      names = {"FLOAT32", "FLOAT64", "FLOAT16", "INT8", "UINT8", "INT32", "INT64", "BOOLEAN"})
  void otherTypesAreRejected(DataType type) {
    String message =
        Errors.message(
            IllegalArgumentException.class, () -> Dtypes.requireSupported(type, "ids of x"));
    assertTrue(
        message.startsWith("ids of x: DJL's PyTorch engine does not support " + type), message);
  }
}
