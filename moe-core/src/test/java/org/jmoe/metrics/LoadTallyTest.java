package org.jmoe.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.List;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class LoadTallyTest {
  @RegisterExtension final BatchScope scope = new BatchScope();

  /** Three tokens with two choices each among four experts; the last token is padding. */
  @Test
  void countsByHand() {
    NDManager manager = scope.manager();
    NDArray probs =
        Tensors.of(
            manager, new double[][] {{.5, .3, .2, 0}, {.1, .6, .3, 0}, {.25, .25, .25, .25}});
    NDArray choices = Tensors.of(manager, new int[][] {{0, 1}, {1, 2}, {-1, -1}}); // (T, K)
    NDArray kept =
        manager.create(
            new boolean[] {true, true, false, true, false, false}, new Shape(3, 2)); // (T, K)
    RoutingSignals signals =
        RoutingSignals.of(1, probs, probs, choices, probs, kept)
            .withPadding(manager.create(new boolean[] {false, false, true}));
    LoadTally tally = new LoadTally("moe", 4, 2);
    tally.add(signals, manager.create(new int[] {0, 1, 1})); // (T)
    tally.add(signals, manager.create(new int[] {1, 1, 0})); // (T)
    LoadReport load = tally.report();
    assertEquals(ImmutableLongArray.of(2, 4, 2, 0), load.choices());
    assertEquals(ImmutableLongArray.of(2, 2, 2, 0), load.kept());
    assertEquals(
        List.of(ImmutableLongArray.of(1, 1, 0, 0), ImmutableLongArray.of(1, 3, 2, 0)),
        load.byDomain());
    assertEquals(4, load.tokens());
    Tensors.assertClose(
        new double[] {.6 / 2, .9 / 2, .5 / 2, 0}, load.meanProbability().toArray(), 1e-12);
    assertEquals(4, load.experts());
    assertEquals(8, load.total());
    assertEquals("moe", load.layer());
    assertEquals(ImmutableDoubleArray.of(.25, .5, .25, 0), load.share());
    assertEquals(Math.sqrt((0 + 4 + 0 + 4) / 4.) / 2, load.variation(), 1e-15);
    assertEquals(2, load.maxOverMean());
    assertEquals(0.25, load.droppedShare());
  }

  @Test
  void nothingRoutedIsBalanced() {
    LoadReport load = new LoadTally("moe", 3, 0).report();
    assertEquals(0, load.variation());
    assertEquals(1, load.maxOverMean());
    assertEquals(0, load.droppedShare());
    assertEquals(ImmutableDoubleArray.of(0, 0, 0), load.share());
    assertEquals(ImmutableDoubleArray.of(0, 0, 0), load.meanProbability());
  }
}
