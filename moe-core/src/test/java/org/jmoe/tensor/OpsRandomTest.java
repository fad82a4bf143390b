package org.jmoe.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.GradientCheck;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class OpsRandomTest {
  private static final Seed SEED = Seed.of(42).child("noise");

  @RegisterExtension final BatchScope scope = new BatchScope();

  static List<Named<BiFunction<NDArray, Seed, NDArray>>> draws() {
    return Stream.<Named<BiFunction<NDArray, Seed, NDArray>>>of(
            Named.of("normal", Ops::normal),
            Named.of("uniform", Ops::uniform),
            Named.of("dropout", (x, seed) -> Ops.dropout(Ops.shift(x, 1), 0.5, seed)))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("draws")
  void dependsOnlyOnSeedAndShape(BiFunction<NDArray, Seed, NDArray> draw) {
    NDArray zeros = scope.manager().zeros(new Shape(8, 6));
    NDArray drawn = draw.apply(zeros, SEED);
    // Not on the values of x, the engine's global generator or earlier draws.
    Engine.getInstance().setRandomSeed(1);
    NDArray again = draw.apply(zeros.neg(), SEED);
    assertArrayEquals(drawn.toFloatArray(), again.toFloatArray());
    NDArray other = draw.apply(zeros, Seed.of(42).child("other"));
    assertFalse(Arrays.equals(drawn.toFloatArray(), other.toFloatArray()));
  }

  @ParameterizedTest
  @MethodSource("draws")
  void memoryLayoutHasNoEffect(BiFunction<NDArray, Seed, NDArray> draw) {
    NDArray straight = scope.manager().zeros(new Shape(8, 6));
    NDArray transposed = scope.manager().zeros(new Shape(6, 8)).transpose(); // (8, 6), strided
    assertArrayEquals(
        draw.apply(straight, SEED).toFloatArray(), draw.apply(transposed, SEED).toFloatArray());
  }

  @Test
  void globalGeneratorIsNotUsed() {
    Engine.getInstance().setRandomSeed(7);
    float[] before = scope.manager().randomNormal(new Shape(20)).toFloatArray();
    Engine.getInstance().setRandomSeed(7);
    NDArray drawn = Ops.normal(scope.manager().zeros(new Shape(3)), SEED);
    assertEquals(3, drawn.size());
    assertArrayEquals(before, scope.manager().randomNormal(new Shape(20)).toFloatArray());
  }

  @Test
  void normalHasMeanZeroAndStandardDeviationOne() {
    float[] drawn = Ops.normal(scope.manager().zeros(new Shape(100_000)), SEED).toFloatArray();
    double mean = 0;
    double squares = 0;
    for (float number : drawn) {
      mean += number / 1e5;
      squares += (double) number * number / 1e5;
    }
    // Three standard errors: 3 / sqrt(1e5) and 3 sqrt(2 / 1e5).
    assertEquals(0, mean, 0.0095);
    assertEquals(1, squares, 0.0134);
  }

  @Test
  void uniformIsUniformOnZeroToOne() {
    float[] drawn = Ops.uniform(scope.manager().zeros(new Shape(100_000)), SEED).toFloatArray();
    int[] tenths = new int[10];
    for (float number : drawn) {
      assertTrue(number >= 0 && number < 1);
      tenths[(int) (10 * number)]++;
    }
    for (int count : tenths) {
      // Three standard errors: 3 sqrt(1e5 * 0.1 * 0.9).
      assertEquals(10_000, count, 285);
    }
  }

  @Test
  void dropoutKeepsTheMean() {
    NDArray x = scope.manager().ones(new Shape(100_000), DataType.FLOAT64);
    double[] dropped = Ops.dropout(x, 0.2, SEED).toDoubleArray();
    double kept = Arrays.stream(dropped).filter(number -> number != 0).count();
    assertTrue(Arrays.stream(dropped).allMatch(number -> number == 0 || number == 1 / 0.8));
    assertEquals(80_000d, kept, 380d); // three standard errors: 3 sqrt(1e5 * 0.8 * 0.2)
  }

  @Test
  void dropoutPassesTheGradientOfKeptElements() {
    NDArray x = Tensors.random(scope.manager(), 3, 4, 5);
    GradientCheck.assertCorrect(in -> Ops.dropout(in[0], 0.5, SEED), x);
    assertArrayEquals(x.toDoubleArray(), Ops.dropout(x, 0, SEED).toDoubleArray());
  }
}
