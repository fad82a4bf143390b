package org.jmoe.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.stream.Stream;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.GradientCheck;
import org.jmoe.testing.MoeCase;
import org.jmoe.testing.RandomCases;
import org.jmoe.testing.ReferenceMoe;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class SlotPlanTest {
  @RegisterExtension final BatchScope scope = new BatchScope();

  static Stream<MoeCase> cases() {
    return RandomCases.first(250);
  }

  /** Four tokens with values 1, 2, 3, 4; three experts with two slots each. */
  @Test
  void handWorked() {
    NDArray tokens = Tensors.of(scope.manager(), new double[][] {{1}, {2}, {3}, {4}}); // (T, D)
    NDArray experts =
        Tensors.of(scope.manager(), new int[][] {{2, 0}, {0, 1}, {0, 2}, {0, 2}}); // (T, K)
    NDArray weights =
        Tensors.of(scope.manager(), new double[][] {{.5, 1}, {2, 3}, {4, 9}, {.1, .2}}); // (T, K)
    // First choices: token 0 takes slot 0 of expert 2; tokens 1 and 2 fill expert 0, and token 3 is
    // dropped. Second choices: expert 0 is full for token 0; token 1 takes slot 0 of expert 1;
    // token 2 takes slot 1 of expert 2; token 3 is dropped again.
    NDArray ranks = DropOrder.K_MAJOR.rank(experts, weights, Seed.of(0)); // (T, K)
    SlotPlan plan = SlotPlan.of(experts, ranks, weights, 3, 2);
    assertEquals(3, plan.experts());
    assertEquals(2, plan.capacity());
    assertArrayEquals(new long[] {1, 2, 1, -1, 0, 2}, plan.tokenOfSlot().toLongArray());
    NDArray slots = plan.dispatch(tokens); // (E, C, D)
    assertArrayEquals(new double[] {2, 3, 2, 0, 1, 3}, slots.toDoubleArray());
    // If expert e multiplies by 10^e: token 0 gets .5 * 100, token 1 2 * 2 + 3 * 20,
    // token 2 4 * 3 + 9 * 300, token 3 nothing.
    NDArray outputs =
        Tensors.of(scope.manager(), new double[] {2, 3, 20, 0, 100, 300}, 3, 2, 1); // (E, C, D)
    Tensors.assertClose(new double[] {50, 64, 2712, 0}, plan.combine(outputs), 1e-14);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void randomPlansEqualTheLoops(MoeCase c) {
    double[][] scores = Tensors.rows(c.values("scores", c.tokens() * c.experts()), c.experts());
    int[][] choices = ReferenceMoe.topK(scores, c.k());
    double[][] weights = ReferenceMoe.weights(scores, choices, false);
    DropOrder order = c.order() == DropOrder.RANDOM ? DropOrder.K_MAJOR : c.order();
    int[] served = ReferenceMoe.byPriority(order, weights, new double[0]);
    int capacity = Math.min(c.slots(), c.tokens());
    boolean[][] kept = ReferenceMoe.kept(choices, ReferenceMoe.ranks(choices, served), capacity);

    NDArray experts = Tensors.of(scope.manager(), choices); // (T, K)
    NDArray given = Tensors.of(scope.manager(), weights); // (T, K)
    NDArray ranks = order.rank(experts, given, Seed.of(0)); // (T, K)
    SlotPlan plan = SlotPlan.of(experts, ranks, given, c.experts(), capacity);
    NDArray tokens = Tensors.random(scope.manager(), c.seed(), c.tokens(), c.dim()); // (T, D)
    NDArray slots = plan.dispatch(tokens); // (E, C, D)
    assertEquals(new Shape(c.experts(), capacity, c.dim()), slots.getShape());

    // Identity experts return the token times the sum of its kept weights.
    double[][] expected = Tensors.rows(tokens);
    for (int t = 0; t < expected.length; t++) {
      double sum = 0;
      for (int k = 0; k < c.k(); k++) {
        sum += kept[t][k] ? weights[t][k] : 0;
      }
      for (int d = 0; d < c.dim(); d++) {
        expected[t][d] *= sum;
      }
    }
    Tensors.assertClose(Tensors.flat(expected), plan.combine(slots), 1e-13);
    oneTokenInEachSlot(plan);
  }

  private static void oneTokenInEachSlot(SlotPlan plan) {
    long[] taken = plan.slotOfChoice().toLongArray();
    long[] places = Arrays.stream(taken).filter(slot -> slot >= 0).toArray();
    assertEquals(
        places.length, Arrays.stream(places).distinct().count(), "no slot is assigned twice");
    long filled = Arrays.stream(plan.tokenOfSlot().toLongArray()).filter(t -> t >= 0).count();
    assertEquals(places.length, filled, "number of filled slots");
  }

  @Test
  void enoughSlotsDropNothing() {
    NDArray tokens = Tensors.random(scope.manager(), 1, 4, 2); // (T, D)
    NDArray experts =
        Tensors.of(scope.manager(), new int[][] {{1, 0}, {1, 0}, {1, 2}, {1, 2}}); // (T, K)
    NDArray ones = scope.manager().ones(new Shape(4, 2), DataType.FLOAT64); // (T, K)
    NDArray ranks = DropOrder.K_MAJOR.rank(experts, ones, Seed.of(0)); // (T, K)
    SlotPlan plan = SlotPlan.of(experts, ranks, ones, 3, 4);
    Tensors.assertClose(
        tokens.add(tokens).toDoubleArray(), plan.combine(plan.dispatch(tokens)), 1e-15);
  }

  @Test
  void passesGradientsToTokensAndWeights() {
    NDArray experts =
        Tensors.of(scope.manager(), new int[][] {{2, 0}, {0, 1}, {0, 2}, {0, 2}}); // (T, K)
    GradientCheck.assertCorrect(
        in -> {
          NDArray ranks = DropOrder.K_MAJOR.rank(experts, in[1], Seed.of(0)); // (T, K)
          SlotPlan plan = SlotPlan.of(experts, ranks, in[1], 3, 2);
          return plan.combine(plan.dispatch(in[0]));
        },
        Tensors.random(scope.manager(), 1, 4, 2),
        Tensors.random(scope.manager(), 2, 4, 2));
  }
}
