package org.jmoe.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import com.google.common.primitives.ImmutableDoubleArray;
import org.jmoe.layer.LayerPass;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.plan.Capacity;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class ExpertPeaksTest {
  @RegisterExtension final BatchScope scope = new BatchScope();

  private static final double[][] PROBS = {{0.6, 0.3, 0.1}, {0.2, 0.7, 0.1}, {0.5, 0.4, 0.1}};
  private static final double[][] TOKENS = {{1, -4}, {2, 3}, {-7, 5}};

  /** Experts copy their tokens: expert 0 has the first and the last, expert 1 the second. */
  private ExpertPeaks peaks(Capacity capacity) {
    NDArray probs = Tensors.of(scope.manager(), PROBS); // (T, E)
    NDArray tokens = Tensors.of(scope.manager(), TOKENS); // (T, D)
    Routing routing = Routing.topK(probs, probs, 1, capacity, RouterContext.of(true, Seed.of(0)));
    NDArray outputs = routing.plan().dispatch(tokens); // (N, D) or (E, C, D)
    return ExpertPeaks.of(new LayerPass(tokens, routing, outputs, null, tokens)).orElseThrow();
  }

  @Test
  void largestElementOfEachExpert() {
    for (Capacity capacity : new Capacity[] {Capacity.dropless(), Capacity.fixed(2)}) {
      assertArrayEquals(new double[] {7, 3, 0}, peaks(capacity).largest().toArray());
    }
    assertArrayEquals(new double[] {4, 3, 0}, peaks(Capacity.fixed(1)).largest().toArray());
  }

  @Test
  void overBatches() {
    ExpertPeaks one = new ExpertPeaks(ImmutableDoubleArray.of(1, 5));
    ExpertPeaks two = new ExpertPeaks(ImmutableDoubleArray.of(3, 2));
    assertEquals(new ExpertPeaks(ImmutableDoubleArray.of(3, 5)), one.max(two));
  }
}
