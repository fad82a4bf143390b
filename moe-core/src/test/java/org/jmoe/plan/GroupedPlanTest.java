package org.jmoe.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.stream.Stream;
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

final class GroupedPlanTest {
  @RegisterExtension final BatchScope scope = new BatchScope();

  static Stream<MoeCase> cases() {
    return RandomCases.first(100);
  }

  /** Four tokens of width 1 with values 1, 2, 3, 4; three experts; two choices each. */
  @Test
  void handWorked() {
    NDArray tokens = Tensors.of(scope.manager(), new double[][] {{1}, {2}, {3}, {4}}); // (T, D)
    NDArray experts =
        Tensors.of(scope.manager(), new int[][] {{2, 0}, {0, 1}, {2, -1}, {0, 2}}); // (T, K)
    NDArray weights =
        Tensors.of(scope.manager(), new double[][] {{.5, 1}, {2, 3}, {4, 9}, {.1, .2}}); // (T, K)
    GroupedPlan plan = GroupedPlan.of(experts, weights, 3);
    assertEquals(3, plan.experts());
    // Expert 0: tokens 0, 1, 3; expert 1: token 1; expert 2: tokens 0, 2, 3.
    NDArray rows = plan.dispatch(tokens); // (N, D)
    assertArrayEquals(new double[] {1, 2, 4, 2, 1, 3, 4}, rows.toDoubleArray());
    assertArrayEquals(new long[] {3, 1, 3}, plan.counts().toLongArray());
    // If expert e multiplies by 10^e: token 0 gets .5 * 100 + 1 * 1, token 1
    // 2 * (2 * 1) + 3 * (2 * 10), token 2 4 * (3 * 100), token 3 .1 * 4 + .2 * (4 * 100).
    NDArray outputs =
        Tensors.of(scope.manager(), new double[] {1, 2, 4, 20, 100, 300, 400}, 7, 1); // (N, D)
    Tensors.assertClose(new double[] {51, 64, 1200, 80.4}, plan.combine(outputs), 1e-14);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void dispatchThenCombineOfUnitWeightsIsTheInputTimesK(MoeCase c) {
    NDArray tokens = Tensors.random(scope.manager(), c.seed(), c.tokens(), c.dim()); // (T, D)
    double[][] scores = Tensors.rows(c.values("scores", c.tokens() * c.experts()), c.experts());
    NDArray experts = Tensors.of(scope.manager(), ReferenceMoe.topK(scores, c.k())); // (T, K)
    NDArray ones = scope.manager().ones(new Shape(c.tokens(), c.k()), DataType.FLOAT64); // (T, K)
    GroupedPlan plan = GroupedPlan.of(experts, ones, c.experts());
    double[] expected = tokens.toDoubleArray();
    for (int i = 0; i < expected.length; i++) {
      expected[i] *= c.k();
    }
    Tensors.assertClose(expected, plan.combine(plan.dispatch(tokens)), 1e-14);
    assertEquals((long) c.tokens() * c.k(), plan.counts().sum().getLong());
  }

  @Test
  void passesGradientsToTokensAndWeights() {
    NDArray experts = Tensors.of(scope.manager(), new int[][] {{2, 0}, {0, 1}, {2, -1}}); // (T, K)
    GradientCheck.assertCorrect(
        in -> {
          GroupedPlan plan = GroupedPlan.of(experts, in[1], 3);
          return plan.combine(plan.dispatch(in[0]));
        },
        Tensors.random(scope.manager(), 1, 3, 2),
        Tensors.random(scope.manager(), 2, 3, 2));
  }

  @Test
  void weightsMustMatchTheChoices() {
    NDArray experts = Tensors.of(scope.manager(), new int[][] {{0}, {1}});
    NDArray weights = Tensors.random(scope.manager(), 1, 2, 2);
    assertThrows(IllegalArgumentException.class, () -> GroupedPlan.of(experts, weights, 2));
  }
}
