package org.jmoe.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.GradientCheck;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class OpsArithmeticTest {
  @RegisterExtension final BatchScope scope = new BatchScope();

  @Test
  void scaleMultipliesEachElement() {
    NDArray x = Tensors.of(scope.manager(), new double[] {1, -2, 0.5}, 3);
    Tensors.assertClose(new double[] {-3, 6, -1.5}, Ops.scale(x, -3), 0);
    GradientCheck.assertCorrect(in -> Ops.scale(in[0], -3), x);
  }

  @Test
  void shiftAddsToEachElement() {
    NDArray x = Tensors.of(scope.manager(), new double[] {1, -2, 0.5}, 3);
    Tensors.assertClose(new double[] {1.25, -1.75, 0.75}, Ops.shift(x, 0.25), 0);
    GradientCheck.assertCorrect(in -> Ops.shift(in[0], 0.25), x);
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"FLOAT16", "FLOAT32", "FLOAT64"})
  void scalarsKeepTheType(DataType type) {
    NDArray x = Ops.cast(Tensors.of(scope.manager(), new double[] {1.5}, 1), type);
    assertEquals(type, Ops.scale(x, 0.1).getDataType());
    assertEquals(type, Ops.shift(x, 0.1).getDataType());
    assertEquals(type, Ops.scale(x.sum(), 0.1).getDataType(), "0-d array");
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"FLOAT16", "FLOAT32", "FLOAT64", "INT8", "INT32", "INT64", "UINT8", "BOOLEAN"})
  void castConverts(DataType type) {
    NDArray x = Tensors.of(scope.manager(), new double[] {0, 1, 1}, 3);
    NDArray cast = Ops.cast(x, type);
    assertEquals(type, cast.getDataType());
    assertArrayEquals(new double[] {0, 1, 1}, Tensors.doubles(cast));
  }

  @Test
  void castCarriesTheGradient() {
    NDArray x = Tensors.random(scope.manager(), 1, 2, 3);
    // Finite differences through float32 are dominated by rounding; compare only the gradient.
    double[] gradient =
        GradientCheck.gradients(
                in -> Ops.cast(Ops.cast(in[0], DataType.FLOAT32), DataType.FLOAT64), x)
            .get(0);
    double[] direct = GradientCheck.gradients(in -> in[0], x).get(0);
    assertArrayEquals(direct, gradient, 1e-7);
  }

  @Test
  void castToBfloat16KeepsEightBits() {
    // 1 + 2^-7 is a bfloat16; 1 + 2^-8 is a tie and rounds to even, 1; 1 + 3 * 2^-8 rounds up.
    NDArray x =
        Tensors.of(scope.manager(), new double[] {1 + 1 / 128d, 1 + 1 / 256d, 1 + 3 / 256d}, 3);
    NDArray back = Ops.cast(Ops.cast(x, DataType.BFLOAT16), DataType.FLOAT64);
    assertArrayEquals(new double[] {1 + 1 / 128d, 1, 1 + 2 / 128d}, back.toDoubleArray());
  }

  @Test
  void moveToTheSameDeviceKeepsValuesAndGradient() {
    NDArray x = Tensors.random(scope.manager(), 2, 2, 3);
    NDArray like = scope.manager().zeros(new Shape(1));
    assertArrayEquals(x.toDoubleArray(), Ops.moveTo(x, like).toDoubleArray());
    GradientCheck.assertCorrect(in -> Ops.moveTo(in[0], like), x);
  }

  @Test
  void softmaxIsOverTheLastAxis() {
    // exp(0) : exp(ln 3) = 1 : 3.
    NDArray x = Tensors.of(scope.manager(), new double[][] {{0, Math.log(3)}, {5, 5}});
    Tensors.assertClose(new double[] {0.25, 0.75, 0.5, 0.5}, Ops.softmax(x), 1e-15);
    GradientCheck.assertCorrect(in -> Ops.softmax(in[0]), x);
  }

  @Test
  void logSumExpIsStable() {
    // log(e^0 + e^ln3) = log 4; log(2 e^1000) = 1000 + log 2 without overflow.
    NDArray x = Tensors.of(scope.manager(), new double[][] {{0, Math.log(3)}, {1000, 1000}});
    NDArray z = Ops.logSumExp(x);
    assertEquals(new Shape(2), z.getShape());
    Tensors.assertClose(new double[] {Math.log(4), 1000 + Math.log(2)}, z, 1e-15);
    GradientCheck.assertCorrect(
        in -> Ops.logSumExp(in[0]), Tensors.random(scope.manager(), 3, 4, 5));
  }

  @Test
  void resultsBelongToTheFirstArgument() {
    NDArray x = Tensors.random(scope.manager(), 4, 2, 2);
    assertEquals(x.getManager(), Ops.scale(x, 2).getManager());
    assertEquals(x.getManager(), Ops.stableSort(x, true).get(1).getManager());
  }

  /** DJL would interpret these array names as an entry of a map, a list and so on. */
  @ParameterizedTest
  @ValueSource(strings = {"layers.0.weight", "list[]", "tuple()", "pair(2,3)", "map[0/key]", "ops"})
  void arrayNamesHaveNoEffect(String name) {
    NDArray x = Tensors.random(scope.manager(), 5, 2, 3);
    double[] expected = Ops.logSumExp(x).toDoubleArray();
    x.setName(name);
    int held = scope.manager().getManagedArrays().size();
    NDArray z = Ops.logSumExp(x); // (2)
    assertEquals(held + 1, scope.manager().getManagedArrays().size(), "only the result");
    assertArrayEquals(expected, z.toDoubleArray());
    assertEquals(name, x.getName());
    GradientCheck.assertCorrect(
        in -> {
          in[0].setName(name);
          return Ops.logSumExp(in[0]);
        },
        x);
  }
}
