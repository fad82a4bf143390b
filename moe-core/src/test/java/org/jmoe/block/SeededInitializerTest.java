package org.jmoe.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class SeededInitializerTest {
  private static final Seed SEED = Seed.of(42).child("experts/in");

  @RegisterExtension final BatchScope scope = new BatchScope();

  private NDArray weights(Seed seed, double std, DataType type) {
    return new SeededInitializer(seed, std).initialize(scope.manager(), new Shape(30, 40), type);
  }

  @Test
  void doesNotDependOnEarlierInitialisation() {
    float[] alone = weights(SEED, 0.5, DataType.FLOAT32).toFloatArray();
    float[] other = weights(Seed.of(42).child("router"), 0.5, DataType.FLOAT32).toFloatArray();
    float[] after = weights(SEED, 0.5, DataType.FLOAT32).toFloatArray();
    assertArrayEquals(alone, after);
    assertEquals(false, alone[0] == other[0]);
  }

  /** Published runs depend on these initial weights; they must never change. */
  @Test
  void goldenNumbers() {
    NDArray drawn =
        new SeededInitializer(SEED, 1).initialize(scope.manager(), new Shape(2), DataType.FLOAT32);
    assertArrayEquals(new float[] {-0.59012544f, -0.025367454f}, drawn.toFloatArray(), 1e-6f);
  }

  @Test
  void float64StartsFromTheSameWeights() {
    double[] single = Tensors.doubles(weights(SEED, 0.5, DataType.FLOAT32));
    assertArrayEquals(single, weights(SEED, 0.5, DataType.FLOAT64).toDoubleArray());
  }

  @Test
  void hasTheRequestedStandardDeviation() {
    double squares = 0;
    for (double weight : Tensors.doubles(weights(SEED, 0.5, DataType.FLOAT32))) {
      squares += weight * weight / 1200;
    }
    assertEquals(0.5, Math.sqrt(squares), 0.031); // three standard errors: 3 * 0.5 / sqrt(2400)
  }

  @Test
  void allocatesNothingElse() {
    weights(SEED, 0.5, DataType.FLOAT32);
    assertEquals(1, scope.manager().getManagedArrays().size());
  }
}
