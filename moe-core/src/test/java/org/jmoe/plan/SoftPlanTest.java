package org.jmoe.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.jmoe.tensor.Ops;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.GradientCheck;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class SoftPlanTest {
  private static final int TOKENS = 4;
  private static final int DIM = 2;
  private static final int EXPERTS = 3;
  private static final int SLOTS = 2;

  @RegisterExtension final BatchScope scope = new BatchScope();

  @Test
  void mixesEveryTokenIntoEverySlot() {
    NDArray x = Tensors.random(scope.manager(), 1, TOKENS, DIM); // (T, D)
    NDArray in = Tensors.random(scope.manager(), 2, TOKENS, EXPERTS, SLOTS); // (T, E, C)
    NDArray out = Tensors.random(scope.manager(), 3, TOKENS, EXPERTS, SLOTS); // (T, E, C)
    SoftPlan plan = new SoftPlan(in, out);
    assertEquals(EXPERTS, plan.experts());

    double[][] toSlots = Tensors.rows(in.toDoubleArray(), EXPERTS * SLOTS);
    double[][] toTokens = Tensors.rows(out.toDoubleArray(), EXPERTS * SLOTS);
    double[][] tokens = Tensors.rows(x);
    double[][] slots = new double[EXPERTS * SLOTS][DIM];
    double[][] y = new double[TOKENS][DIM];
    for (int s = 0; s < slots.length; s++) {
      for (int t = 0; t < TOKENS; t++) {
        for (int d = 0; d < DIM; d++) {
          slots[s][d] += toSlots[t][s] * tokens[t][d];
        }
      }
      for (int t = 0; t < TOKENS; t++) {
        for (int d = 0; d < DIM; d++) {
          y[t][d] += toTokens[t][s] * slots[s][d];
        }
      }
    }
    NDArray dispatched = plan.dispatch(x); // (E, C, D)
    assertEquals(new Shape(EXPERTS, SLOTS, DIM), dispatched.getShape());
    Tensors.assertClose(Tensors.flat(slots), dispatched, 1e-14);
    Tensors.assertClose(Tensors.flat(y), plan.combine(dispatched), 1e-14);
    GradientCheck.assertCorrect(
        given -> {
          SoftPlan soft = new SoftPlan(given[1], given[2]);
          return soft.combine(soft.dispatch(given[0]));
        },
        x,
        in,
        out);
  }

  @Test
  void float32WeightsMixHalfPrecision() {
    NDArray x =
        Ops.cast(Tensors.random(scope.manager(), 1, TOKENS, DIM), DataType.FLOAT16); // (T, D)
    NDArray weights = // (T, E, C)
        Ops.cast(Tensors.random(scope.manager(), 2, TOKENS, EXPERTS, SLOTS), DataType.FLOAT32);
    SoftPlan plan = new SoftPlan(weights, weights);
    assertEquals(DataType.FLOAT16, plan.combine(plan.dispatch(x)).getDataType());
  }

  @Test
  void shapesMustMatch() {
    NDArray in = Tensors.random(scope.manager(), 2, TOKENS, EXPERTS, SLOTS);
    NDArray out = Tensors.random(scope.manager(), 3, TOKENS, EXPERTS, 1);
    assertThrows(IllegalArgumentException.class, () -> new SoftPlan(in, out));
  }
}
