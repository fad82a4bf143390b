package org.jmoe.routing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.layer.ScoringRouter;
import org.jmoe.metrics.LoadReport;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.SlotPlan;
import org.jmoe.routing.loss.MegatronBalance;
import org.jmoe.routing.loss.PooledBalance;
import org.jmoe.routing.loss.RouterZ;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Properties asserted by the tests of the original systems. */
final class UpstreamPropertiesTest {
  private final NDManager manager = NDManager.newBaseManager();
  private final RouterContext context = RouterContext.of(true, Seed.of(0));

  @AfterEach
  void close() {
    manager.close();
  }

  private NDArray singles(int rows, int columns, long seed) {
    return Logits.random(manager, rows, columns, seed).toType(DataType.FLOAT32, false);
  }

  private Routing route(RouterSpec spec, NDArray logits, RouterContext in) {
    int experts = (int) logits.getShape().get(1);
    ScoringRouter router =
        (ScoringRouter) spec.build(experts, experts, Seed.of(1).child("moe/router"));
    router.initialize(manager, logits.getDataType(), new Shape(1, experts));
    return router.routeLogits(new ParameterStore(manager, false), logits, in);
  }

  /** Megatron-LM's {@code test_token_dropping}: no expert above C; dropped choices have no slot. */
  @ParameterizedTest
  @EnumSource
  void noExpertExceedsItsCapacity(DropOrder order) {
    SplittableRandom random = new SplittableRandom(11);
    for (int trial = 0; trial < 20; trial++) {
      int tokens = random.nextInt(1, 40);
      int experts = random.nextInt(2, 9);
      int k = random.nextInt(1, experts + 1);
      int slots = random.nextInt(1, tokens + 1);
      Capacity capacity = Capacity.fixed(slots).withOrder(order);
      Routing routing =
          route(new TopKRouter.Spec(k, true, capacity), singles(tokens, experts, trial), context);
      LoadReport report = LoadReport.of("moe", routing.signals());
      for (int e = 0; e < experts; e++) {
        long asked = report.choices().get(e);
        assertEquals(Math.min(asked, slots), report.kept().get(e), "expert " + e);
      }
      if (routing.plan() instanceof SlotPlan plan) {
        boolean[] kept = routing.signals().kept().toBooleanArray();
        long[] slot = plan.slotOfChoice().toLongArray();
        for (int i = 0; i < kept.length; i++) {
          assertEquals(kept[i], slot[i] >= 0, "choice " + i);
        }
      }
    }
  }

  /** Megatron-LM's dispatcher: padding to capacity does not change the output. */
  @Test
  void paddedSlotsEqualGroupedRows() {
    NDArray logits = singles(9, 4, 3);
    NDArray tokens = singles(9, 5, 4);
    Routing grouped = route(TopKRouter.Spec.of(2), logits, context);
    NDArray choices = grouped.signals().choices(); // (T, K)
    NDArray weights = grouped.signals().weights(); // (T, K)
    NDArray ranks = DropOrder.TOKEN_MAJOR.rank(choices, weights, Seed.of(0)); // (T, K)
    SlotPlan slots = SlotPlan.of(choices, ranks, weights, 4, 9);
    assertArrayEquals(
        grouped.plan().combine(grouped.plan().dispatch(tokens)).toFloatArray(),
        slots.combine(slots.dispatch(tokens)).toFloatArray());
  }

  /**
   * Hugging Face's {@code test_load_balancing_loss}: about k for random logits; ignores padding.
   */
  @Test
  void balanceOfRandomLogitsIsNearK() {
    NDArray logits = Ops.scale(singles(4096, 8, 7), 0.05); // (T, E)
    double plain = value(new PooledBalance(), logits, context);
    assertEquals(2, plain, 1e-2);
    NDArray pad =
        manager.ones(new Shape(512, 8)).mul(manager.create(new float[] {9, 0, 0, 0, 0, 0, 0, 0}));
    boolean[] mask = new boolean[512 + 4096];
    Arrays.fill(mask, 0, 512, true);
    NDArray padded = pad.concat(logits, 0);
    RouterContext masked = context.withPadding(manager.create(mask));
    assertEquals(plain, value(new PooledBalance(), padded, masked), 1e-4);
    assertTrue(Math.abs(plain - value(new PooledBalance(), padded, context)) > 1e-3);
  }

  private double value(AuxLoss loss, NDArray logits, RouterContext in) {
    RoutingSignals signals = route(TopKRouter.Spec.of(2), logits, in).signals();
    return Ops.cast(loss.of(signals), DataType.FLOAT64).getDouble();
  }

  /**
   * Megatron-LM's {@code mbs_invariant}: gradients of four sequences are bit-exact whether computed
   * together or one at a time with a quarter of the loss.
   */
  @Test
  void microBatchesOfSequencesGiveTheSameGradients() {
    for (AuxLoss loss : List.of(new MegatronBalance(true), new RouterZ())) {
      NDArray all = singles(32, 8, 8);
      float[] whole = gradient(loss, all.duplicate(), context.withSequences(4), 1);
      for (int b = 0; b < 4; b++) {
        NDArray one = all.get(8 * b + ":" + 8 * (b + 1)).duplicate();
        float[] part = gradient(loss, one, context, 0.25);
        assertArrayEquals(Arrays.copyOfRange(whole, 64 * b, 64 * (b + 1)), part, loss.toString());
      }
    }
  }

  private float[] gradient(AuxLoss loss, NDArray logits, RouterContext in, double share) {
    logits.setRequiresGradient(true);
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      RoutingSignals signals =
          Routing.topK(logits, Ops.softmax(logits), 2, Capacity.dropless(), in).signals();
      collector.backward(Ops.scale(loss.of(signals), share));
    }
    return logits.getGradient().toFloatArray();
  }

  /** Counts are exact integers even for float16 activations, which are exact only up to 2048. */
  @Test
  void countsAreExactInHalfPrecision() {
    NDArray tokens = manager.ones(new Shape(5001, 2)).toType(DataType.FLOAT16, false);
    ScoringRouter router =
        (ScoringRouter) new TopKRouter.Spec(1, false, Capacity.dropless()).build(2, 3, Seed.of(1));
    router.initialize(manager, DataType.FLOAT32, new Shape(1, 2));
    ParameterStore store = new ParameterStore(manager, false);
    Routing routing = router.route(store, tokens, context);
    assertInstanceOf(org.jmoe.plan.GroupedPlan.class, routing.plan());
    assertEquals(5001, LoadReport.of("moe", routing.signals()).total());
    assertEquals(5001, routing.signals().counts().max().getLong());
  }
}
