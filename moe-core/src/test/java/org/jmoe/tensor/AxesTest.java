package org.jmoe.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class AxesTest {
  @RegisterExtension final BatchScope scope = new BatchScope();

  @Test
  void returnsTheArrayIfItFits() {
    NDArray x = scope.manager().zeros(new Shape(3, 4));
    assertSame(x, Axes.require(x, "tokens", "T D", -1, 4));
    assertSame(x, Axes.require(x, "tokens", "T D", 3, 4));
  }

  @Test
  void reportsExpectedAndActualShape() {
    NDArray x = scope.manager().zeros(new Shape(3, 4));
    assertEquals("tokens must have shape (T, D=5), not (3, 4)", message(x, -1, 5));
    assertEquals("tokens must have shape (T=2, D=4), not (3, 4)", message(x, 2, 4));
    NDArray flat = scope.manager().zeros(new Shape(12));
    assertEquals("tokens must have shape (T, D), not (12)", message(flat, -1, -1));
  }

  private static String message(NDArray x, long... sizes) {
    return Errors.message(
        IllegalArgumentException.class, () -> Axes.require(x, "tokens", "T D", sizes));
  }
}
