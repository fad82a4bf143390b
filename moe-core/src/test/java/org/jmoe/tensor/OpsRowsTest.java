package org.jmoe.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Random;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.GradientCheck;
import org.jmoe.testing.ReferenceMoe;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OpsRowsTest {
  @RegisterExtension final BatchScope scope = new BatchScope();

  private NDArray ids(long... values) {
    return scope.manager().create(values);
  }

  @Test
  void rowsGathersInTheOrderOfTheIds() {
    NDArray x = Tensors.of(scope.manager(), new double[][] {{1, 2}, {3, 4}, {5, 6}}); // (R, D)
    NDArray picked = Ops.rows(x, ids(2, 0, 2, 1).reshape(2, 2)); // (2, 2, D)
    assertEquals(new Shape(2, 2, 2), picked.getShape());
    assertArrayEquals(new double[] {5, 6, 1, 2, 5, 6, 3, 4}, picked.toDoubleArray());
    GradientCheck.assertCorrect(in -> Ops.rows(in[0], ids(2, 0, 2, 2)), x);
  }

  @Test
  void rowsOfIntegersAndOfNoIds() {
    NDArray x = ids(7, 8, 9, 10).reshape(2, 2);
    assertArrayEquals(new long[] {9, 10, 7, 8}, Ops.rows(x, ids(1, 0)).toLongArray());
    NDArray none = scope.manager().zeros(new Shape(0), DataType.INT64);
    assertEquals(new Shape(0, 2), Ops.rows(x, none).getShape());
  }

  @Test
  void indexAddAccumulatesRepeatedRows() {
    NDArray x = Tensors.of(scope.manager(), new double[][] {{1, 1}, {2, 2}, {3, 3}}); // (R, D)
    NDArray source =
        Tensors.of(scope.manager(), new double[][] {{10, 20}, {30, 40}, {50, 60}}); // (N, D)
    NDArray sum = Ops.indexAdd(x, ids(2, 0, 2), source); // (R, D)
    // Row 0 gets (30, 40); row 2 gets (10, 20) and (50, 60).
    assertArrayEquals(new double[] {31, 41, 2, 2, 63, 83}, sum.toDoubleArray());
    assertArrayEquals(new double[] {1, 1, 2, 2, 3, 3}, x.toDoubleArray(), "x is unchanged");
    GradientCheck.assertCorrect(in -> Ops.indexAdd(in[0], ids(2, 0, 2), in[1]), x, source);
  }

  @Test
  void bincountIgnoresMinusOne() {
    NDArray counts = Ops.bincount(ids(3, -1, 0, 3, 3, -1).reshape(3, 2), 5);
    assertEquals(DataType.INT64, counts.getDataType());
    assertArrayEquals(new long[] {1, 0, 0, 3, 0}, counts.toLongArray());
    NDArray none = scope.manager().zeros(new Shape(0, 2), DataType.INT64);
    assertArrayEquals(new long[] {0, 0}, Ops.bincount(none, 2).toLongArray());
  }

  @Test
  void positionsCountsInInt64() {
    NDArray positions = Ops.positions(Tensors.random(scope.manager(), 1, 2, 3));
    assertEquals(new Shape(2, 3), positions.getShape());
    assertArrayEquals(new long[] {0, 1, 2, 3, 4, 5}, positions.toLongArray());
    // Above 2^24, float32 cannot represent every integer.
    NDArray many = Ops.positions(scope.manager().zeros(new Shape((1 << 24) + 2), DataType.INT8));
    assertEquals((1 << 24) + 1, many.getLong((1 << 24) + 1));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void stableSortKeepsEqualsInOrder(boolean descending) {
    // 1000 elements with three distinct values: long enough to expose an unstable sort.
    double[] values = new Random(1).ints(1000, 0, 3).asDoubleStream().toArray();
    NDList sorted = Ops.stableSort(Tensors.of(scope.manager(), values, 1000), descending);
    double[] found = sorted.get(0).toDoubleArray();
    long[] from = sorted.get(1).toLongArray();
    for (int i = 0; i < 1000; i++) {
      assertEquals(values[(int) from[i]], found[i]);
      if (i > 0) {
        int order = Double.compare(found[i - 1], found[i]);
        assertEquals(true, descending ? order >= 0 : order <= 0, "sorted");
        assertEquals(true, order != 0 || from[i - 1] < from[i], "stable");
      }
    }
  }

  @Test
  void stableSortPassesTheGradientOfTheValues() {
    NDArray x = Tensors.random(scope.manager(), 5, 3, 4);
    GradientCheck.assertCorrect(in -> Ops.stableSort(in[0], true).get(0), x);
  }

  @Test
  void topGivesTiesToTheLowestIndex() {
    double[][] scores = new double[50][];
    Random random = new Random(2);
    for (int t = 0; t < scores.length; t++) {
      scores[t] = random.ints(40, 0, 4).asDoubleStream().toArray();
    }
    NDArray top = Ops.top(Tensors.of(scope.manager(), scores), 7); // (T, K)
    double[] expected = Tensors.doubles(Tensors.of(scope.manager(), ReferenceMoe.topK(scores, 7)));
    assertArrayEquals(expected, Tensors.doubles(top));
  }

  /** Once only -inf is left, the lowest index not yet taken is next. */
  @Test
  void topOfManyInfinities() {
    double none = Double.NEGATIVE_INFINITY;
    double[][] scores = {
      {none, none, 1, none, none, none, none, none}, {0, 1, none, 2, none, none, none, none}
    };
    NDArray top = Ops.top(Tensors.of(scope.manager(), scores), 2); // (T, K)
    assertArrayEquals(new double[] {2, 0, 3, 1}, Tensors.doubles(top));
  }

  @Test
  void fillRowsReplacesRows() {
    NDArray x = Tensors.of(scope.manager(), new double[][] {{1, 2}, {3, 4}, {5, 6}}); // (T, K)
    NDArray mask = scope.manager().create(new boolean[] {false, true, false}); // (T)
    NDArray filled = Ops.fillRows(x, mask, -1); // (T, K)
    assertArrayEquals(new double[] {1, 2, -1, -1, 5, 6}, filled.toDoubleArray());
    GradientCheck.assertCorrect(in -> Ops.fillRows(in[0], mask, -1), x);
  }

  @Test
  void firstNonFiniteRowFindsRowsWithoutSoftmax() {
    double inf = Double.POSITIVE_INFINITY;
    assertEquals(
        -1, firstNonFinite(new double[][] {{1, 2}, {3, -inf}}), "-inf next to a finite value");
    assertEquals(1, firstNonFinite(new double[][] {{1, 2}, {Double.NaN, 4}, {inf, 0}}));
    assertEquals(1, firstNonFinite(new double[][] {{1, 2}, {inf, 4}}));
    assertEquals(0, firstNonFinite(new double[][] {{-inf, -inf}, {1, 2}}));
  }

  private long firstNonFinite(double[][] rows) {
    return Ops.firstNonFiniteRow(Tensors.of(scope.manager(), rows));
  }

  /** DJL's concat cuts the gradient of a single array. */
  @Test
  void concatPassesTheGradientOfAnyNumberOfArrays() {
    NDArray a = Tensors.random(scope.manager(), 1, 2, 3);
    NDArray b = Tensors.random(scope.manager(), 2, 1, 3);
    GradientCheck.assertCorrect(in -> Ops.concat(new NDList(in[0]), 0), a);
    GradientCheck.assertCorrect(in -> Ops.concat(new NDList(in[0], in[1]), 0), a, b);
    assertEquals(new Shape(3, 3), Ops.concat(new NDList(a, b), 0).getShape());
  }
}
