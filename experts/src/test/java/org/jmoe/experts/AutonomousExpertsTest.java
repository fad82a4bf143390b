package org.jmoe.experts;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import org.jmoe.layer.Experts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.ExpertsContract;
import org.jmoe.testing.GradientCheck;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class AutonomousExpertsTest extends ExpertsContract {
  private static final int D = 3;
  private static final int N = 2; // experts
  private static final AutonomousExperts.Spec SPEC = new AutonomousExperts.Spec(4, 2);

  @RegisterExtension final BatchScope scope = new BatchScope();

  @Override
  protected ExpertsSpec spec() {
    return SPEC;
  }

  private Experts experts() {
    Experts experts = SPEC.build(D, N, Seed.of(1).child("experts"));
    experts.initialize(scope.manager(), DataType.FLOAT64, new Shape(1, D));
    return experts;
  }

  private ParameterStore store() {
    return new ParameterStore(scope.manager(), false);
  }

  /** Section 3 of Autonomy-of-Experts with plain loops. */
  @Test
  void scoresAndOutputs() {
    Experts experts = experts();
    NDArray x = Tensors.random(scope.manager(), 3, 5, D); // (T, D)
    NDArray down = experts.getParameters().valueAt(0).getArray();
    NDArray up = experts.getParameters().valueAt(1).getArray();
    NDArray in = experts.getParameters().valueAt(2).getArray();
    NDArray out = experts.getParameters().valueAt(3).getArray();
    NDArray scores = experts.scores(store(), x, false); // (T, E)
    NDArray all = scope.manager().create(new long[] {0, 1}, new Shape(1, N)).repeat(0, 5);
    NDArray one = scope.manager().ones(new Shape(5, N), DataType.FLOAT64);
    GroupedPlan plan = GroupedPlan.of(all, one, N);
    NDArray each = // (T, E, D)
        plan.ofChoices(experts.forward(store(), plan.dispatch(x), plan, false, Seed.of(0)));
    for (int t = 0; t < 5; t++) {
      for (int e = 0; e < N; e++) {
        double[] a = times(x.get(t).toDoubleArray(), down.get(e));
        double square = 0;
        for (double v : a) {
          square += v * v;
        }
        assertEquals(Math.sqrt(square), scores.getDouble(t, e), 1e-12);
        double[] gate = times(a, up.get(e));
        double[] linear = times(x.get(t).toDoubleArray(), in.get(e));
        for (int h = 0; h < gate.length; h++) {
          linear[h] *= gate[h] / (1 + Math.exp(-gate[h]));
        }
        assertArrayEquals(times(linear, out.get(e)), each.get(t).get(e).toDoubleArray(), 1e-12);
      }
    }
  }

  private static double[] times(double[] x, NDArray matrix) {
    int columns = (int) matrix.getShape().get(1);
    double[] y = new double[columns];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < columns; j++) {
        y[j] += x[i] * matrix.getDouble(i, j);
      }
    }
    return y;
  }

  @Test
  void gradientsOfTheScores() {
    Experts experts = experts();
    GradientCheck.assertCorrect(
        experts,
        (ps, x) -> experts.scores(ps, new NDList(x).head(), true),
        Tensors.random(scope.manager(), 3, 5, D));
  }
}
