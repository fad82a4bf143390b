package org.jmoe.routing.expertchoice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.SplittableRandom;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.layer.ScoringRouter;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.CapacityScope;
import org.jmoe.routing.Logits;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expert choice with a cap: the cap holds and the sum of scores is maximal. */
final class CappedChoiceTest {
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private RoutingSignals route(NDArray logits, int cap, Capacity capacity, RouterContext context) {
    int experts = (int) logits.getShape().get(1);
    ScoringRouter router =
        (ScoringRouter)
            new ExpertChoiceRouter.Spec(false, cap, capacity)
                .build(experts, experts, Seed.of(1).child("moe/router"));
    router.initialize(manager, DataType.FLOAT64, new Shape(1, experts));
    Routing routing = router.routeLogits(new ParameterStore(manager, false), logits, context);
    return routing.signals();
  }

  private static long[] sums(NDArray kept, int axis) {
    return Ops.cast(kept, DataType.INT64).sum(new int[] {axis}).toLongArray();
  }

  @ParameterizedTest
  @CsvSource({
    "24, 6, 8, 2",
    "24, 6, 8, 3",
    "32, 8, 4, 1",
    "40, 8, 10, 2",
    "7, 3, 2, 1",
    "512, 16, 64, 2"
  })
  void everyExpertIsFullAndNoTokenIsAboveTheCap(int tokens, int experts, int slots, int cap) {
    NDArray logits = Ops.scale(Logits.random(manager, tokens, experts, 7), 2);
    RoutingSignals signals =
        route(logits, cap, Capacity.fixed(slots), RouterContext.of(true, Seed.of(0)));
    for (long load : sums(signals.kept(), 0)) {
      assertEquals(slots, load);
    }
    for (long count : sums(signals.kept(), 1)) {
      assertTrue(count <= cap, "a token has " + count + " experts");
    }
  }

  /** A cap that never binds has no effect. */
  @Test
  void aLooseCapHasNoEffect() {
    NDArray logits = Logits.random(manager, 20, 4, 3);
    RouterContext context = RouterContext.of(true, Seed.of(0));
    RoutingSignals free = route(logits, 0, Capacity.fixed(7), context);
    RoutingSignals capped = route(logits, 4, Capacity.fixed(7), context);
    assertEquals(free.kept(), capped.kept());
  }

  /** Compared with exhaustive search. */
  @Test
  void theSumIsMaximal() {
    SplittableRandom random = new SplittableRandom(5);
    for (int trial = 0; trial < 60; trial++) {
      int tokens = 3 + trial % 3;
      int slots = 1 + trial % 2;
      int cap = 1 + trial / 30;
      double[][] scores = new double[tokens][3];
      for (double[] row : scores) {
        for (int e = 0; e < row.length; e++) {
          row[e] = random.nextInt(1, 20); // integers, so that there are ties
        }
      }
      boolean[][] taken = CappedFlow.of(scores, 3, slots, cap);
      double sum = 0;
      int filled = 0;
      for (int t = 0; t < tokens; t++) {
        int count = 0;
        for (int e = 0; e < 3; e++) {
          sum += taken[t][e] ? scores[t][e] : 0;
          count += taken[t][e] ? 1 : 0;
        }
        assertTrue(count <= cap);
        filled += count;
      }
      double[] best = best(scores, slots, cap, 0, new int[3]);
      assertEquals(best[0], filled, "filled slots in trial " + trial);
      assertEquals(best[1], sum, 1e-9, "sum in trial " + trial);
    }
  }

  /** Returns the maximum number of filled slots and the maximum sum with that number. */
  private static double[] best(double[][] scores, int slots, int cap, int token, int[] sizes) {
    if (token == scores.length) {
      return new double[] {0, 0};
    }
    double[] best = {-1, 0};
    for (int set = 0; set < 8; set++) {
      double sum = 0;
      boolean fits = Integer.bitCount(set) <= cap;
      for (int e = 0; e < 3; e++) {
        int chosen = set >> e & 1;
        sizes[e] += chosen;
        sum += chosen * scores[token][e];
        fits &= sizes[e] <= slots;
      }
      if (fits) {
        double[] rest = best(scores, slots, cap, token + 1, sizes);
        double filled = rest[0] + Integer.bitCount(set);
        if (filled > best[0] || (filled == best[0] && rest[1] + sum > best[1])) {
          best = new double[] {filled, rest[1] + sum};
        }
      }
      for (int e = 0; e < 3; e++) {
        sizes[e] -= set >> e & 1;
      }
    }
    return best;
  }

  /** Sequences in one batch are routed separately, and padding is never taken. */
  @Test
  void sequencesAndPadding() {
    NDArray logits = Logits.random(manager, 16, 4, 9);
    boolean[] out = new boolean[16];
    out[6] = true;
    out[7] = true;
    out[8] = true;
    RouterContext both =
        RouterContext.of(true, Seed.of(0)).withSequences(2).withPadding(manager.create(out));
    Capacity capacity = Capacity.fixed(4).withScope(CapacityScope.sequence());
    RoutingSignals signals = route(logits, 2, capacity, both);
    for (int part = 0; part < 2; part++) {
      String rows = part * 8 + ":" + (part + 1) * 8;
      NDArray mask = manager.create(java.util.Arrays.copyOfRange(out, part * 8, part * 8 + 8));
      RoutingSignals one =
          route(
              logits.get(rows),
              2,
              Capacity.fixed(4),
              RouterContext.of(true, Seed.of(0)).withPadding(mask));
      assertEquals(one.kept(), signals.kept().get(rows));
    }
    long[] counts = sums(signals.kept(), 1);
    assertEquals(0, counts[6] + counts[7] + counts[8]);
    // 6 real tokens with two experts each are fewer than 4 experts with 4 slots.
    assertEquals(12, java.util.Arrays.stream(counts, 0, 8).sum());
  }
}
