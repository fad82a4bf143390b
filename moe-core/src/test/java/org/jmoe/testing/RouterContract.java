package org.jmoe.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.LongStream;
import org.jmoe.intervention.Ban;
import org.jmoe.intervention.ExpertGroup;
import org.jmoe.intervention.ScaleOutput;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.layer.ScoringRouter;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.plan.SlotPlan;
import org.jmoe.plan.SoftPlan;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Tests that all routers must pass. Extend it for a custom router:
 *
 * <pre>{@code
 * final class MyRouterTest extends RouterContract {
 *   @Override
 *   protected RouterSpec spec(Capacity capacity) {
 *     return new MyRouter.Spec(2, capacity);
 *   }
 * }
 * }</pre>
 *
 * <p>Checks that need logits run only for a {@link ScoringRouter}, and checks excluded by a {@link
 * RouterTrait} of the settings are skipped.
 */
public abstract class RouterContract {
  /** Number of tokens in a batch. */
  protected static final int TOKENS = 12;

  /** Width of a token. */
  protected static final int DIM = 5;

  /** Number of experts. */
  protected static final int EXPERTS = 4;

  private static final double ANCHOR = 0.125;

  private final NDManager manager = NDManager.newBaseManager(Device.cpu());

  /** Creates the test. */
  protected RouterContract() {}

  /**
   * Returns the settings under test, for {@link #EXPERTS} experts.
   *
   * @param capacity to use, if the router has one
   */
  protected abstract RouterSpec spec(Capacity capacity);

  private boolean has(RouterTrait trait) {
    return spec(Capacity.dropless()).traits().contains(trait);
  }

  /** Returns the manager for the arrays of the test. */
  protected final NDManager manager() {
    return manager;
  }

  /** Routes logits (T, E) in float64 with a {@link ScoringRouter} of the given settings. */
  protected final Routing routeLogits(RouterSpec spec, NDArray logits, RouterContext context) {
    int experts = (int) logits.getShape().get(1);
    ScoringRouter router =
        (ScoringRouter) spec.build(experts, experts, Seed.of(1).child("moe/router"));
    router.initialize(manager, DataType.FLOAT64, new Shape(1, experts));
    return router.routeLogits(store(), logits, context);
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
    return RecordingStore.carrying(new ParameterStore(manager, false));
  }

  private RouterContext context(int tokens, boolean training) {
    long[] ids = LongStream.range(0, tokens).map(t -> t * 7 % 5).toArray();
    return RouterContext.of(training, Seed.of(3)).withTokenIds(manager.create(ids));
  }

  private Routing route(NDArray tokens, boolean training, Capacity capacity) {
    int count = (int) tokens.getShape().get(0);
    return router(capacity)
        .route(store(), tokens, context(count, training).withExpertScores(() -> scores(tokens)));
  }

  /** Returns scores of the experts for routers that go by them, (T, E). */
  private static NDArray scores(NDArray tokens) {
    return tokens.get(":, 0:" + EXPERTS).abs();
  }

  private NDArray random(long seed, int width) {
    return Tensors.random(manager, seed, TOKENS, width); // (T, width)
  }

  @Test
  void bannedExpertsContributeNothing() {
    NDArray tokens = random(1, DIM); // (T, D)
    RouterContext banned =
        context(TOKENS, false)
            .withExpertScores(() -> scores(tokens))
            .withHook(new Ban(ExpertGroup.of("moe", 1)).router("moe"));
    DispatchPlan plan = router(Capacity.fixed(2)).route(store(), tokens, banned).plan();
    NDArray ones = plan.dispatch(tokens).onesLike(); // (N, D) or (E, C, D)
    NDArray theirs = new ScaleOutput(ExpertGroup.of("moe", 0, 2, 3), 0).outputs("moe", plan, ones);
    for (double output : Tensors.doubles(plan.combine(theirs))) {
      assertEquals(0, output);
    }
  }

  @Test
  void weightsAreFiniteAndNonNegative() {
    for (boolean training : new boolean[] {true, false}) {
      RoutingSignals signals = route(random(1, DIM), training, Capacity.fixed(2)).signals();
      for (double weight : Tensors.doubles(signals.weights())) {
        assertTrue(
            Double.isFinite(weight) && (weight >= 0 || has(RouterTrait.SIGNED_WEIGHTS)),
            "weight " + weight);
      }
    }
  }

  @Test
  void aSlotHasAtMostOneToken() {
    Routing routing = route(random(2, DIM), true, Capacity.fixed(2));
    if (routing.plan() instanceof SlotPlan plan) {
      long[] tokenOfSlot = plan.tokenOfSlot().toLongArray();
      long[] slots = plan.slotOfChoice().toLongArray();
      int k = slots.length / TOKENS;
      Set<Long> used = new HashSet<>();
      for (int i = 0; i < slots.length; i++) {
        if (slots[i] >= 0) {
          assertTrue(used.add(slots[i]), "slot " + slots[i] + " is used twice");
          assertEquals(i / k, tokenOfSlot[(int) slots[i]], "token of slot " + slots[i]);
        }
      }
    }
  }

  @Test
  void everyKeptChoiceIsARowOrASlot() {
    Routing routing = route(random(3, DIM), true, Capacity.dropless());
    assumeFalse(routing.plan() instanceof SoftPlan);
    long kept = Ops.cast(routing.signals().kept(), DataType.INT64).sum().getLong();
    if (routing.plan() instanceof GroupedPlan plan) {
      // A choice that is discarded after slots were assigned leaves its row unused.
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
  void repeatsAreBitExact() {
    NDArray tokens = random(4, DIM);
    RoutingSignals one = route(tokens, true, Capacity.fixed(2)).signals();
    RoutingSignals two = route(tokens, true, Capacity.fixed(2)).signals();
    assertArrayEquals(one.choices().toLongArray(), two.choices().toLongArray());
    assertArrayEquals(Tensors.doubles(one.weights()), Tensors.doubles(two.weights()));
  }

  /** Arrays derived from weights are freed with the batch. */
  @Test
  void doesNotLeakArraysIntoTheModel() {
    Router router = router(Capacity.fixed(2));
    ParameterStore store = store();
    int held = 0;
    for (int step = 0; step < 3; step++) {
      try (NDManager batch = manager.newSubManager()) {
        NDArray tokens = Tensors.random(batch, step, TOKENS, DIM);
        long[] ids = new long[TOKENS];
        RouterContext context =
            RouterContext.of(true, Seed.of(3))
                .withTokenIds(batch.create(ids))
                .withExpertScores(() -> scores(tokens));
        router.route(store, tokens, context);
      }
      int now = manager.getManagedArrays().size();
      assertTrue(step < 2 || now == held, "arrays of the model: " + held + ", then " + now);
      held = now;
    }
  }

  @Test
  void theCallersArraysAreUnchanged() {
    NDArray tokens = random(5, DIM);
    double[] before = tokens.toDoubleArray();
    route(tokens, true, Capacity.fixed(2));
    assertArrayEquals(before, tokens.toDoubleArray());
  }

  @Test
  void permutedTokensAreRoutedTheSame() {
    assumeFalse(has(RouterTrait.COUPLED));
    NDArray logits = random(6, EXPERTS);
    NDArray reversed = logits.flip(0);
    assumeTrue(router(Capacity.dropless()) instanceof ScoringRouter);
    ScoringRouter router = (ScoringRouter) router(Capacity.dropless());
    RoutingSignals one = router.routeLogits(store(), logits, context(TOKENS, false)).signals();
    RoutingSignals two = router.routeLogits(store(), reversed, context(TOKENS, false)).signals();
    assertArrayEquals(one.choices().flip(0).toLongArray(), two.choices().toLongArray());
    assertArrayEquals(Tensors.doubles(one.weights().flip(0)), Tensors.doubles(two.weights()));
  }

  @Test
  void tiesGoToTheLowestExpert() {
    assumeFalse(has(RouterTrait.COUPLED));
    assumeTrue(router(Capacity.dropless()) instanceof ScoringRouter);
    ScoringRouter router = (ScoringRouter) router(Capacity.dropless());
    NDArray logits = manager.zeros(new Shape(TOKENS, EXPERTS), DataType.FLOAT64);
    RoutingSignals signals = router.routeLogits(store(), logits, context(TOKENS, false)).signals();
    long[] choices = signals.choices().toLongArray();
    int k = choices.length / TOKENS;
    for (int i = 0; i < choices.length; i++) {
      assertTrue(choices[i] < 0 || choices[i] == i % k, "choice " + i + " is " + choices[i]);
    }
  }

  @Test
  void causalRoutersIgnoreLaterTokens() {
    for (Capacity capacity : new Capacity[] {Capacity.dropless(), Capacity.fixed(2)}) {
      RouterSpec spec = spec(capacity);
      boolean changed = false;
      for (int trial = 0; trial < 6; trial++) {
        for (boolean training : new boolean[] {true, false}) {
          changed |= changes(capacity, trial, training);
        }
      }
      // A non-causal router may still happen not to use later tokens here.
      assertTrue(!changed || !spec.causal(), "later tokens changed an earlier token's routing");
    }
  }

  private boolean changes(Capacity capacity, int trial, boolean training) {
    NDArray tokens = random(100 + trial, DIM);
    NDArray other = random(900 + trial, DIM);
    int half = TOKENS / 2;
    NDArray mixed = tokens.get("0:" + half).concat(other.get(half + ":"), 0);
    double[][] one = inputsOfOutputs(route(tokens, training, capacity), half);
    double[][] two = inputsOfOutputs(route(mixed, training, capacity), half);
    for (int i = 0; i < one.length; i++) {
      for (int j = 0; j < one[i].length; j++) {
        if (Math.abs(one[i][j] - two[i][j]) > 1e-12) {
          return true;
        }
      }
    }
    return false;
  }

  /** Returns everything that affects the outputs of the first tokens. */
  private static double[][] inputsOfOutputs(Routing routing, int tokens) {
    if (routing.plan() instanceof SoftPlan soft) {
      NDArray slots = soft.toSlots().get("0:" + tokens);
      return new double[][] {Tensors.doubles(slots)};
    }
    RoutingSignals signals = routing.signals();
    NDArray kept = signals.kept().get("0:" + tokens);
    NDArray weights = signals.weights().get("0:" + tokens);
    NDArray choices = signals.choices().get("0:" + tokens);
    return new double[][] {
      Tensors.doubles(choices), Tensors.doubles(weights.mul(Ops.cast(kept, DataType.FLOAT64)))
    };
  }

  @Test
  void paddingHasNoEffect() {
    assumeTrue(router(Capacity.dropless()) instanceof ScoringRouter);
    for (Capacity capacity : new Capacity[] {Capacity.dropless(), Capacity.fixed(3)}) {
      ScoringRouter router = (ScoringRouter) router(capacity);
      NDArray logits = random(8, EXPERTS);
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
  void gradientsOfTheWeightsAreCorrect() {
    assumeFalse(has(RouterTrait.STRAIGHT_THROUGH));
    assumeTrue(router(Capacity.dropless()) instanceof ScoringRouter);
    ScoringRouter router = (ScoringRouter) router(Capacity.dropless());
    GradientCheck.assertCorrect(
        given -> {
          NDArray logits = given[0]; // (T, E)
          RouterContext context = context(TOKENS, false);
          NDArray weights = router.routeLogits(store(), logits, context).signals().weights();
          // Constant weights, such as those of a hash router, have no gradient to add.
          return weights.add(Ops.scale(logits.sum(), ANCHOR));
        },
        random(9, EXPERTS));
  }
}
