package org.jmoe.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.stream.Stream;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.MoeCase;
import org.jmoe.testing.RandomCases;
import org.jmoe.testing.ReferenceMoe;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The sum of the plans of all experts equals the full plan. */
final class PlanOfExpertTest {
  @RegisterExtension final BatchScope scope = new BatchScope();

  static Stream<MoeCase> cases() {
    return RandomCases.first(60);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void partsSumToTheFullPlan(MoeCase c) {
    double[][] scores = Tensors.rows(c.values("scores", c.tokens() * c.experts()), c.experts());
    NDArray choices = Tensors.of(scope.manager(), ReferenceMoe.topK(scores, c.k())); // (T, K)
    NDArray weights = Tensors.random(scope.manager(), c.seed(), c.tokens(), c.k()); // (T, K)
    NDArray ranks = DropOrder.K_MAJOR.rank(choices, weights, Seed.of(0)); // (T, K)
    int capacity = Math.min(c.slots(), c.tokens());
    NDArray mix = Tensors.random(scope.manager(), 1, c.tokens(), c.experts(), 2); // (T, E, C)
    NDArray x = Tensors.random(scope.manager(), 2, c.tokens(), c.dim()); // (T, D)
    check(GroupedPlan.of(choices, weights, c.experts()), x);
    check(SlotPlan.of(choices, ranks, weights, c.experts(), capacity), x);
    check(new SoftPlan(mix, Ops.scale(mix, -0.5)), x);
  }

  private static void check(DispatchPlan plan, NDArray x) {
    NDArray rows = plan.dispatch(x);
    double[] all = rows.toDoubleArray();
    int at = 0;
    NDArray sum = x.zerosLike(); // (T, D)
    for (int e = 0; e < plan.experts(); e++) {
      DispatchPlan part = plan.ofExpert(e);
      assertEquals(1, part.experts());
      NDArray own = part.dispatch(x); // (n, D) or (1, C, D)
      Shape shape = own.getShape();
      assertEquals(rows.getShape().dimension(), shape.dimension());
      for (double number : own.toDoubleArray()) {
        assertEquals(all[at++], number);
      }
      sum = sum.add(part.combine(own));
    }
    assertEquals(all.length, at);
    assertArrayEquals(plan.combine(rows).toDoubleArray(), sum.toDoubleArray(), 1e-12);
  }
}
