package org.jmoe.routing.assigned;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.api.Test;

final class BaseRouterTest extends RouterContract {
  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new BaseRouter.Spec();
  }

  /** For 6 tokens and 3 experts, the sum of scores is maximal among all even assignments. */
  @Test
  void balancedAssignmentIsOptimal() {
    for (int trial = 0; trial < 50; trial++) {
      double[] scores = Logits.random(manager(), 6, 3, 50 + trial).toDoubleArray();
      long[] found = BalancedAssignment.of(scores, 3, new boolean[0]);
      double sum = 0;
      int[] sizes = new int[3];
      for (int t = 0; t < 6; t++) {
        sum += scores[t * 3 + (int) found[t]];
        sizes[(int) found[t]]++;
      }
      assertArrayEquals(new int[] {2, 2, 2}, sizes);
      assertEquals(best(scores, 0, new int[3]), sum, 1e-9);
    }
  }

  private static double best(double[] scores, int token, int[] sizes) {
    if (token == 6) {
      return 0;
    }
    double best = Double.NEGATIVE_INFINITY;
    for (int e = 0; e < 3; e++) {
      if (sizes[e] < 2) {
        sizes[e]++;
        best = Math.max(best, scores[token * 3 + e] + best(scores, token + 1, sizes));
        sizes[e]--;
      }
    }
    return best;
  }
}
