package org.jmoe.routing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.LongStream;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.plan.SlotPlan;
import org.jmoe.plan.SoftPlan;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every router promises, published or one's own. */
abstract class RouterContract {
  static final int TOKENS = 12;
  static final int DIM = 5;
  static final int EXPERTS = 4;
  private static final double ANCHOR = 0.125;

  private NDManager manager = NDManager.newBaseManager();

  /** The router under test, with the given capacity where it takes one. */
  abstract RouterSpec spec(Capacity capacity);

  private boolean has(RouterTrait trait) {
    return spec(Capacity.dropless()).traits().contains(trait);
  }

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private Router router(Capacity capacity) {
    Router router = spec(capacity).build(DIM, EXPERTS, Seed.of(7).child("router"));
    router.initialize(manager, DataType.FLOAT64, new Shape(1, DIM));
    return router;
  }

  private ParameterStore store() {
    return new ParameterStore(manager, false);
  }

  private RouterContext context(int tokens, boolean training) {
    long[] ids = LongStream.range(0, tokens).map(t -> t * 7 % 5).toArray();
    return RouterContext.of(training, Seed.of(3)).withTokenIds(manager.create(ids));
  }

  private Routing route(NDArray tokens, boolean training, Capacity capacity) {
    int count = (int) tokens.getShape().get(0);
    return router(capacity).route(store(), tokens, context(count, training));
  }

  private static double[] doubles(NDArray array) {
    return Ops.cast(array, DataType.FLOAT64).toDoubleArray();
  }

  @Test
  void weightsAreFiniteAndNotNegative() {
    for (boolean training : new boolean[] {true, false}) {
      RoutingSignals signals =
          route(Logits.random(manager, TOKENS, DIM, 1), training, Capacity.fixed(2)).signals();
      for (double weight : doubles(signals.weights())) {
        assertTrue(Double.isFinite(weight) && weight >= 0, "weight " + weight);
      }
    }
  }

  @Test
  void aSlotHoldsAtMostOneTokenAndKnowsIt() {
    Routing routing = route(Logits.random(manager, TOKENS, DIM, 2), true, Capacity.fixed(2));
    if (routing.plan() instanceof SlotPlan plan) {
      long[] tokenOfSlot = plan.tokenOfSlot().toLongArray();
      long[] slots = plan.slotOfChoice().toLongArray();
      int k = slots.length / TOKENS;
      Set<Long> used = new HashSet<>();
      for (int i = 0; i < slots.length; i++) {
        if (slots[i] >= 0) {
          assertTrue(used.add(slots[i]), "slot " + slots[i] + " twice");
          assertEquals(i / k, tokenOfSlot[(int) slots[i]], "token of slot " + slots[i]);
        }
      }
    }
  }

  @Test
  void everyKeptChoiceIsARowOrASlot() {
    Routing routing = route(Logits.random(manager, TOKENS, DIM, 3), true, Capacity.dropless());
    assumeFalse(routing.plan() instanceof SoftPlan);
    long kept = Ops.cast(routing.signals().kept(), DataType.INT64).sum().getLong();
    if (routing.plan() instanceof GroupedPlan plan) {
      // A choice that is given up after it was placed leaves its row unused.
      assertTrue(kept <= plan.tokenOfRow().size());
      assertEquals(plan.tokenOfRow().size(), plan.counts().sum().getLong());
    }
    long asked = 0;
    for (long choice : routing.signals().choices().toLongArray()) {
      assertTrue(choice >= -1 && choice < EXPERTS, "expert " + choice);
      asked += choice >= 0 ? 1 : 0;
    }
    assertTrue(kept <= asked);
  }

  @Test
  void theSameInputGivesTheSameBits() {
    NDArray tokens = Logits.random(manager, TOKENS, DIM, 4);
    RoutingSignals one = route(tokens, true, Capacity.fixed(2)).signals();
    RoutingSignals two = route(tokens, true, Capacity.fixed(2)).signals();
    assertArrayEquals(one.choices().toLongArray(), two.choices().toLongArray());
    assertArrayEquals(doubles(one.weights()), doubles(two.weights()));
  }

  /** What is computed of weights goes with the batch, too. */
  @Test
  void aModelHoldsNoMoreAfterABatch() {
    Router router = router(Capacity.fixed(2));
    ParameterStore store = store();
    int held = 0;
    for (int step = 0; step < 3; step++) {
      try (NDManager batch = manager.newSubManager()) {
        NDArray tokens = Logits.random(batch, TOKENS, DIM, step);
        long[] ids = new long[TOKENS];
        RouterContext context = RouterContext.of(true, Seed.of(3)).withTokenIds(batch.create(ids));
        router.route(store, tokens, context);
      }
      int now = manager.getManagedArrays().size();
      assertTrue(step < 2 || now == held, "arrays with the model: " + held + ", then " + now);
      held = now;
    }
  }

  @Test
  void theCallersArraysStayAsTheyWere() {
    NDArray tokens = Logits.random(manager, TOKENS, DIM, 5);
    double[] before = tokens.toDoubleArray();
    route(tokens, true, Capacity.fixed(2));
    assertArrayEquals(before, tokens.toDoubleArray());
  }

  @Test
  void anotherOrderOfTokensGivesTheSameRoutingInThatOrder() {
    assumeFalse(has(RouterTrait.COUPLED));
    NDArray logits = Logits.random(manager, TOKENS, EXPERTS, 6);
    NDArray reversed = logits.flip(0);
    assumeTrue(router(Capacity.dropless()) instanceof GatedRouter);
    GatedRouter router = (GatedRouter) router(Capacity.dropless());
    RoutingSignals one = router.routeLogits(store(), logits, context(TOKENS, false)).signals();
    RoutingSignals two = router.routeLogits(store(), reversed, context(TOKENS, false)).signals();
    assertArrayEquals(one.choices().flip(0).toLongArray(), two.choices().toLongArray());
    assertArrayEquals(doubles(one.weights().flip(0)), doubles(two.weights()));
  }

  @Test
  void ofEqualExpertsTheLowestAreChosen() {
    assumeFalse(has(RouterTrait.COUPLED));
    assumeTrue(router(Capacity.dropless()) instanceof GatedRouter);
    GatedRouter router = (GatedRouter) router(Capacity.dropless());
    NDArray logits = manager.zeros(new Shape(TOKENS, EXPERTS), DataType.FLOAT64);
    RoutingSignals signals = router.routeLogits(store(), logits, context(TOKENS, false)).signals();
    long[] choices = signals.choices().toLongArray();
    int k = choices.length / TOKENS;
    for (int i = 0; i < choices.length; i++) {
      assertTrue(choices[i] < 0 || choices[i] == i % k, "choice " + i + " is " + choices[i]);
    }
  }

  @Test
  void laterTokensChangeNothingWhereTheRouterSaysSo() {
    for (Capacity capacity : new Capacity[] {Capacity.dropless(), Capacity.fixed(2)}) {
      RouterSpec spec = spec(capacity);
      boolean changed = false;
      for (int trial = 0; trial < 6; trial++) {
        for (boolean training : new boolean[] {true, false}) {
          changed |= changes(capacity, trial, training);
        }
      }
      // The proof works both ways, but a rule that may look ahead need not do so on these tokens.
      assertTrue(!changed || !spec.causal(), "later tokens changed an earlier token's routing");
    }
  }

  private boolean changes(Capacity capacity, int trial, boolean training) {
    NDArray tokens = Logits.random(manager, TOKENS, DIM, 100 + trial);
    NDArray other = Logits.random(manager, TOKENS, DIM, 900 + trial);
    int half = TOKENS / 2;
    NDArray mixed = tokens.get("0:" + half).concat(other.get(half + ":"), 0);
    double[][] one = seen(route(tokens, training, capacity), half);
    double[][] two = seen(route(mixed, training, capacity), half);
    for (int i = 0; i < one.length; i++) {
      for (int j = 0; j < one[i].length; j++) {
        if (Math.abs(one[i][j] - two[i][j]) > 1e-12) {
          return true;
        }
      }
    }
    return false;
  }

  /** What the first tokens' outputs depend on. */
  private static double[][] seen(Routing routing, int tokens) {
    if (routing.plan() instanceof SoftPlan soft) {
      NDArray slots = soft.toSlots().get("0:" + tokens);
      return new double[][] {doubles(slots)};
    }
    RoutingSignals signals = routing.signals();
    NDArray kept = signals.kept().get("0:" + tokens);
    NDArray weights = signals.weights().get("0:" + tokens);
    NDArray choices = signals.choices().get("0:" + tokens);
    return new double[][] {
      doubles(choices), doubles(weights.mul(Ops.cast(kept, DataType.FLOAT64)))
    };
  }

  @Test
  void paddingIsAsIfItWereNotThere() {
    assumeTrue(router(Capacity.dropless()) instanceof GatedRouter);
    for (Capacity capacity : new Capacity[] {Capacity.dropless(), Capacity.fixed(3)}) {
      GatedRouter router = (GatedRouter) router(capacity);
      NDArray logits = Logits.random(manager, TOKENS, EXPERTS, 8);
      boolean[] out = new boolean[TOKENS];
      for (int t = 8; t < TOKENS; t++) {
        out[t] = true;
      }
      RouterContext context = context(TOKENS, false).withPadding(manager.create(out));
      RoutingSignals padded = router.routeLogits(store(), logits, context).signals();
      RoutingSignals alone =
          router.routeLogits(store(), logits.get("0:8"), context(8, false)).signals();
      assumeTrue(padded.choices().getShape().get(1) == alone.choices().getShape().get(1));
      assertArrayEquals(padded.choices().get("0:8").toLongArray(), alone.choices().toLongArray());
      for (long choice : padded.choices().get("8:").toLongArray()) {
        assertEquals(-1, choice);
      }
      NDArray kept = padded.kept().get("0:8");
      assertArrayEquals(kept.toBooleanArray(), alone.kept().toBooleanArray());
    }
  }

  @Test
  void gradientsOfTheWeightsAreRight() {
    assumeFalse(has(RouterTrait.STRAIGHT_THROUGH));
    assumeTrue(router(Capacity.dropless()) instanceof GatedRouter);
    GatedRouter router = (GatedRouter) router(Capacity.dropless());
    NDArray logits = Logits.random(manager, TOKENS, EXPERTS, 9);
    logits.setRequiresGradient(true);
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray weights =
          router.routeLogits(store(), logits, context(TOKENS, false)).signals().weights();
      // Weights that are constants, such as those of a hash, have no gradient to add to this one.
      NDArray loss = weights.mul(factors(weights)).sum().add(Ops.scale(logits.sum(), ANCHOR));
      collector.backward(loss);
    }
    double[] gradient = logits.getGradient().toDoubleArray();
    double step = 1e-5;
    double[] values = logits.toDoubleArray();
    for (int i = 0; i < values.length; i += 5) {
      double numeric =
          (loss(router, values, i, step) - loss(router, values, i, -step)) / (2 * step);
      assertEquals(numeric, gradient[i], 1e-6 * Math.max(1, Math.abs(numeric)), "logit " + i);
    }
  }

  private NDArray factors(NDArray like) {
    Shape shape = like.getShape();
    return Logits.random(manager, (int) shape.get(0), (int) shape.get(1), 10);
  }

  private double loss(GatedRouter router, double[] values, int at, double step) {
    double[] moved = values.clone();
    moved[at] += step;
    NDArray logits = manager.create(moved, new Shape(TOKENS, EXPERTS));
    NDArray weights =
        router.routeLogits(store(), logits, context(TOKENS, false)).signals().weights();
    double sum = weights.mul(factors(weights)).sum().getDouble();
    return sum + ANCHOR * logits.sum().getDouble();
  }
}
