package org.jmoe.experts;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jmoe.layer.Experts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.ExpertsContract;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class PeerExpertsTest extends ExpertsContract {
  private static final int D = 4;
  private static final int S = 5;
  private static final int H = 3;
  private static final int K = 2;
  private static final int W = 2;

  @RegisterExtension final BatchScope scope = new BatchScope();

  @Override
  protected ExpertsSpec spec() {
    return new PeerExperts.Spec(3, 2, 2, 2);
  }

  /** Algorithm 1 of the paper with plain loops over all pairs of keys. */
  @Test
  void everyHeadRetrievesTheBestPairsOfKeys() {
    PeerExperts.Spec spec = new PeerExperts.Spec(S, H, K, W);
    Experts experts = spec.build(D, 1, Seed.of(1).child("experts"));
    experts.initialize(scope.manager(), DataType.FLOAT64, new Shape(1, D));
    assertEquals(2 * H * W * (D + S) + 2 * S * S * D, spec.parameters(D, 1));
    NDArray queries = experts.getParameters().valueAt(0).getArray();
    NDArray keys = experts.getParameters().valueAt(1).getArray();
    NDArray down = experts.getParameters().valueAt(2).getArray();
    NDArray up = experts.getParameters().valueAt(3).getArray();
    NDArray x = Tensors.random(scope.manager(), 3, 6, D);
    NDArray zeros = scope.manager().zeros(new Shape(6, 1), DataType.INT64);
    NDArray ones = scope.manager().ones(new Shape(6, 1), DataType.FLOAT64);
    GroupedPlan plan = GroupedPlan.of(zeros, ones, 1);
    NDArray y =
        experts.forward(new ParameterStore(scope.manager(), false), x, plan, false, Seed.of(0));
    for (int t = 0; t < 6; t++) {
      double[] expected = new double[D];
      for (int h = 0; h < H; h++) {
        double[] sums = new double[S * S];
        for (int p = 0; p < 2; p++) {
          for (int s = 0; s < S; s++) {
            double similar = 0;
            for (int w = 0; w < W; w++) {
              for (int d = 0; d < D; d++) {
                int column = (p * H + h) * W + w;
                similar +=
                    x.getDouble(t, d) * queries.getDouble(d, column) * keys.getDouble(p, h, w, s);
              }
            }
            for (int other = 0; other < S; other++) {
              sums[p == 0 ? s * S + other : other * S + s] += similar;
            }
          }
        }
        Comparator<Integer> falling = Comparator.comparingDouble(i -> -sums[i]);
        List<Integer> best = IntStream.range(0, S * S).boxed().sorted(falling).limit(K).toList();
        double total = best.stream().mapToDouble(i -> Math.exp(sums[i])).sum();
        for (int i : best) {
          double inner = 0;
          for (int d = 0; d < D; d++) {
            inner += down.getDouble(i, d) * x.getDouble(t, d);
          }
          double hidden = inner * cdf(inner) * Math.exp(sums[i]) / total;
          for (int d = 0; d < D; d++) {
            expected[d] += hidden * up.getDouble(i, d);
          }
        }
      }
      assertArrayEquals(expected, y.get(t).toDoubleArray(), 1e-9);
    }
  }

  /** Standard normal distribution function by its series. */
  private static double cdf(double x) {
    double term = x;
    double sum = x;
    for (int n = 1; n < 200; n++) {
      term *= x * x / (2 * n + 1);
      sum += term;
    }
    return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }
}
