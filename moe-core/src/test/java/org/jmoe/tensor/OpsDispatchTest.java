package org.jmoe.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.GradientCheck;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class OpsDispatchTest {
  @RegisterExtension final BatchScope scope = new BatchScope();

  /** Tokens 0 to 3 choose experts {2, 0}, {0, none}, {2, 1}, {0, 2} out of four. */
  private NDArray experts() {
    return Tensors.of(scope.manager(), new int[][] {{2, 0}, {0, -1}, {2, 1}, {0, 2}}); // (T, K)
  }

  @Test
  void rankCountsWithinEachExpert() {
    NDArray order = Ops.positions(experts()).flatten(); // choices in order
    // Expert 0 gets choices 1, 2, 6; expert 1 gets 5; expert 2 gets 0, 4, 7.
    long[] expected = {0, 0, 1, 0, 1, 0, 2, 2};
    assertArrayEquals(expected, ExpertOps.rank(experts(), order).toLongArray());
  }

  @Test
  void rankFollowsThePriorityOrder() {
    NDArray order = scope.manager().create(new long[] {7, 6, 5, 4, 3, 2, 1, 0});
    // The same in reverse: expert 0 gets 6, 2, 1; expert 2 gets 7, 4, 0.
    long[] expected = {2, 2, 1, 0, 1, 0, 0, 0};
    assertArrayEquals(expected, ExpertOps.rank(experts(), order).toLongArray());
  }

  @Test
  void rankWhenAllChooseOneExpert() {
    NDArray same = scope.manager().zeros(new Shape(5, 1), DataType.INT64);
    NDArray ranks = ExpertOps.rank(same, Ops.positions(same).flatten());
    assertArrayEquals(new long[] {0, 1, 2, 3, 4}, ranks.toLongArray());
  }

  @Test
  void groupSortsByExpertThenToken() {
    NDList grouped = ExpertOps.group(experts(), 4);
    // Expert 0: tokens 0, 1, 3; expert 1: token 2; expert 2: tokens 0, 2, 3; expert 3: none.
    assertArrayEquals(new long[] {0, 1, 3, 2, 0, 2, 3}, grouped.get(0).toLongArray());
    assertArrayEquals(new long[] {3, 1, 3, 0}, grouped.get(1).toLongArray());
    assertArrayEquals(new long[] {4, 0, 1, -1, 5, 3, 2, 6}, grouped.get(2).toLongArray());
    assertEquals(Device.cpu(), grouped.get(1).getDevice());
  }

  @Test
  void groupOfNoChoices() {
    NDArray nobody = Tensors.of(scope.manager(), new int[][] {{-1}, {-1}});
    NDList grouped = ExpertOps.group(nobody, 3);
    assertEquals(0, grouped.get(0).size());
    assertArrayEquals(new long[] {0, 0, 0}, grouped.get(1).toLongArray());
    assertArrayEquals(new long[] {-1, -1}, grouped.get(2).toLongArray());
    NDList empty = ExpertOps.group(scope.manager().zeros(new Shape(0, 2), DataType.INT64), 3);
    assertArrayEquals(new long[] {0, 0, 0}, empty.get(1).toLongArray());
    assertEquals(new Shape(0, 2), empty.get(2).getShape());
  }

  @Test
  void slotsTakeRanksBelowTheCapacity() {
    NDArray ranks = ExpertOps.rank(experts(), Ops.positions(experts()).flatten());
    NDList slots = ExpertOps.slots(experts(), ranks, 4, 2);
    // Expert 0 keeps tokens 0 and 1 and drops 3; expert 2 keeps 0 and 2 and drops 3.
    long[] tokens = {0, 1, 2, -1, 0, 2, -1, -1};
    assertArrayEquals(tokens, slots.get(0).toLongArray());
    assertEquals(new Shape(4, 2), slots.get(0).getShape());
    // Slot e * 2 + rank: token 0 is in 4 and 0, token 1 in 1, token 2 in 5 and 2.
    assertArrayEquals(new long[] {4, 0, 1, -1, 5, 2, -1, -1}, slots.get(1).toLongArray());
  }

  @Test
  void slotRowsLeavesEmptySlotsZero() {
    NDArray x = Tensors.of(scope.manager(), new double[][] {{1, 2}, {3, 4}, {5, 6}}); // (T, D)
    NDArray slotToken = Tensors.of(scope.manager(), new int[][] {{2, -1}, {0, 2}}); // (E, C)
    NDArray rows = ExpertOps.slotRows(x, slotToken); // (E, C, D)
    assertEquals(new Shape(2, 2, 2), rows.getShape());
    assertArrayEquals(new double[] {5, 6, 0, 0, 1, 2, 5, 6}, rows.toDoubleArray());
    GradientCheck.assertCorrect(in -> ExpertOps.slotRows(in[0], slotToken), x);
  }

  @Test
  void weightedSumSkipsMinusOne() {
    NDArray outputs =
        Tensors.of(scope.manager(), new double[][] {{1, 2}, {3, 4}, {5, 6}}); // (N, D)
    NDArray position =
        Tensors.of(scope.manager(), new int[][] {{2, 0}, {-1, 1}, {-1, -1}}); // (T, K)
    NDArray weights =
        Tensors.of(scope.manager(), new double[][] {{.5, 2}, {9, .1}, {9, 9}}); // (T, K)
    NDArray y = ExpertOps.weightedSum(outputs, position, weights); // (T, D)
    // 0.5 (5, 6) + 2 (1, 2); 0.1 (3, 4); nothing.
    Tensors.assertClose(new double[] {4.5, 7, 0.3, 0.4, 0, 0}, y, 1e-15);
    GradientCheck.assertCorrect(
        in -> ExpertOps.weightedSum(in[0], position, in[1]), outputs, weights);
  }

  @Test
  void weightedSumOfOneChoice() {
    NDArray outputs = Tensors.random(scope.manager(), 1, 3, 2);
    NDArray position = Tensors.of(scope.manager(), new int[][] {{1}, {-1}, {0}});
    NDArray weights = Tensors.random(scope.manager(), 2, 3, 1);
    GradientCheck.assertCorrect(
        in -> ExpertOps.weightedSum(in[0], position, in[1]), outputs, weights);
    double[] row = outputs.get(1).toDoubleArray();
    double weight = weights.getDouble(0, 0);
    double[] first = ExpertOps.weightedSum(outputs, position, weights).get(0).toDoubleArray();
    assertArrayEquals(new double[] {weight * row[0], weight * row[1]}, first, 1e-15);
  }

  @Test
  void weightedSumOfNoRowsIsZero() {
    NDArray outputs = scope.manager().zeros(new Shape(0, 2), DataType.FLOAT64);
    NDArray position = Tensors.of(scope.manager(), new int[][] {{-1, -1}});
    NDArray weights = Tensors.random(scope.manager(), 2, 1, 2);
    NDArray y = ExpertOps.weightedSum(outputs, position, weights);
    assertArrayEquals(new double[] {0, 0}, y.toDoubleArray());
  }
}
