package org.jmoe.routing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import com.google.common.primitives.ImmutableLongArray;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.GivenDraws;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingException;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.Survivors;
import org.jmoe.routing.assigned.BalancedAssignment;
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.routing.biased.LongCatRouter;
import org.jmoe.routing.controls.ReplayRouter;
import org.jmoe.routing.expertchoice.ExpertChoiceRouter;
import org.jmoe.routing.soft.SoftMoeRouter;
import org.jmoe.routing.top2.GShardRouter;
import org.jmoe.routing.top2.SecondExpert;
import org.jmoe.routing.topk.EnsembleRouter;
import org.jmoe.routing.topk.GptOssRouter;
import org.jmoe.routing.topk.MegaBlocksRouter;
import org.jmoe.routing.topk.SparseMixerRouter;
import org.jmoe.routing.topk.SwitchRouter;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.routing.topk.VMoeRouter;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rules whose corners no published number shows. */
final class SecondChoicesTest {
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private Routing route(RouterSpec spec, NDArray logits, RouterContext context) {
    int experts = (int) logits.getShape().get(1);
    GatedRouter router = (GatedRouter) spec.build(experts, experts, Seed.of(1).child("moe/router"));
    router.initialize(manager, DataType.FLOAT64, new Shape(1, experts));
    return router.routeLogits(new ParameterStore(manager, false), logits, context);
  }

  /**
   * Mesh TensorFlow's inner gate: tokens 0 and 1 prefer expert 0 but are somebody's second choice,
   * so that token 2 of importance 1 gets the only slot; token 3 of importance 0 has no expert.
   */
  @Test
  void tokensOfLessImportanceAreDroppedFirst() {
    NDArray logits =
        Logits.of(
            manager,
            new double[] {3, 0},
            new double[] {3, 0},
            new double[] {3, 0},
            new double[] {3, 0});
    NDArray importance = manager.create(new double[] {.5, .5, 1, 0});
    RouterContext context = new RouterContext(true, Seed.of(0), 1, null, null, importance, null);
    GShardRouter.Spec spec = new GShardRouter.Spec(SecondExpert.ALL, 0.2, 0, Capacity.fixed(1));
    Routing routing = route(spec, logits, context);
    assertArrayEquals(
        new long[] {-1, 0, -1, 0, 0, 1, -1, -1}, routing.signals().choices().toLongArray());
    assertArrayEquals(
        new boolean[] {false, false, false, false, true, true, false, false},
        routing.signals().kept().toBooleanArray());
  }

  @Test
  void survivorsAreRenormalisedOnRequest() {
    NDArray logits = Logits.of(manager, new double[] {2, 1, 0}, new double[] {2, 0, 1});
    RouterContext context = RouterContext.of(true, Seed.of(0));
    Capacity one = Capacity.fixed(1);
    TopKRouter.Spec spec = new TopKRouter.Spec(2, true, one);
    double[] unchanged = route(spec, logits, context).signals().weights().toDoubleArray();
    assertEquals(1 / (1 + Math.exp(-1)), unchanged[2], 1e-12);
    TopKRouter.Spec again = new TopKRouter.Spec(2, true, one.withSurvivors(Survivors.RENORMALISED));
    double[] weights = route(again, logits, context).signals().weights().toDoubleArray();
    assertEquals(0, weights[2]);
    assertEquals(1, weights[3], 1e-12);
  }

  /** Megatron's replay: recorded experts, weights of the gate as it is now. */
  @Test
  void replay() {
    NDArray logits = Logits.random(manager, 3, 5, 1);
    ImmutableLongArray record = ImmutableLongArray.of(1, 2, 0, 3, 2, 4);
    RouterContext context = RouterContext.of(true, Seed.of(0));
    NDArray choices = manager.create(record.toArray()).reshape(3, 2);
    NDArray pre = Ops.softmax(logits).gather(choices, 1);
    NDArray post = Ops.softmax(logits.gather(choices, 1));
    assertArrayEquals(
        pre.toDoubleArray(),
        route(new ReplayRouter.Spec(record, 2, true), logits, context)
            .signals()
            .weights()
            .toDoubleArray());
    assertArrayEquals(
        post.toDoubleArray(),
        route(new ReplayRouter.Spec(record, 2, false), logits, context)
            .signals()
            .weights()
            .toDoubleArray());
    RouterSpec other = new ReplayRouter.Spec(record, 2, true);
    NDArray more = Logits.random(manager, 4, 5, 1);
    assertThrows(RoutingException.class, () -> route(other, more, context));
  }

  /** Renormalised softmax then top-k is top-k then softmax. */
  @Test
  void orderOfSoftmaxAndTopKDoesNotMatterWhenNormalised() {
    NDArray logits = Logits.random(manager, 40, 8, 2);
    RouterContext context = RouterContext.of(false, Seed.of(0));
    double[] one =
        route(TopKRouter.Spec.of(3), logits, context).signals().weights().toDoubleArray();
    GptOssRouter.Spec spec = new GptOssRouter.Spec(3, Capacity.dropless());
    double[] two = route(spec, logits, context).signals().weights().toDoubleArray();
    assertArrayEquals(one, two, 1e-12);
  }

  @Test
  void groupsLimitWhatATokenUses() {
    NDArray logits = Logits.random(manager, 50, 16, 3);
    DeepSeekV3Router.Spec spec =
        new DeepSeekV3Router.Spec(4, new Groups(8, 3), true, 1, 0.001, Capacity.dropless());
    Routing routing = route(spec, logits, RouterContext.of(false, Seed.of(0)));
    long[] choices = routing.signals().choices().toLongArray();
    for (int t = 0; t < 50; t++) {
      long groups =
          java.util.Arrays.stream(choices, t * 4, t * 4 + 4).map(e -> e / 2).distinct().count();
      assertTrue(groups <= 3);
    }
  }

  /** An identity expert gives the token back, times its weight. */
  @Test
  void zeroExpertsPassTheTokenThrough() {
    NDArray logits = Logits.of(manager, new double[] {0, 1, 5}, new double[] {5, 1, 0});
    LongCatRouter.Spec spec = new LongCatRouter.Spec(1, 1, 2, 0.001, Capacity.dropless());
    GatedRouter router = (GatedRouter) spec.build(3, 2, Seed.of(1).child("moe/router"));
    router.initialize(manager, DataType.FLOAT64, new Shape(1, 3));
    Routing routing =
        router.routeLogits(
            new ParameterStore(manager, false), logits, RouterContext.of(false, Seed.of(0)));
    NDArray through = routing.passThrough();
    assertTrue(through != null);
    if (through != null) {
      double weight = 2 * Math.exp(5) / (Math.exp(5) + Math.exp(1) + 1);
      assertArrayEquals(new double[] {weight, 0}, through.toDoubleArray(), 1e-12);
    }
    assertEquals(2, routing.plan().experts());
  }

  /** Of 6 tokens over 3 experts the sum of scores is the largest that any even assignment has. */
  @Test
  void balancedAssignmentIsOptimal() {
    for (int trial = 0; trial < 50; trial++) {
      double[] scores = Logits.random(manager, 6, 3, 50 + trial).toDoubleArray();
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

  @Test
  void causalityOfOrders() {
    assertTrue(TopKRouter.Spec.of(2).causal());
    assertFalse(new TopKRouter.Spec(2, true, Capacity.factor(1)).causal());
    Capacity inTurn = Capacity.factor(1).withOrder(DropOrder.TOKEN_MAJOR);
    assertTrue(new TopKRouter.Spec(2, true, inTurn).causal());
    assertTrue(SwitchRouter.Spec.of(1.25).causal());
    assertFalse(ExpertChoiceRouter.Spec.of(2).causal());
    assertFalse(new SoftMoeRouter.Spec(1).causal());
  }

  @Test
  void undefinedLogitsNameLayerTokenAndValue() {
    NDArray logits = Logits.of(manager, new double[] {1, 2}, new double[] {Double.NaN, 1});
    RouterContext context = RouterContext.of(false, Seed.of(0));
    String message =
        String.valueOf(
            assertThrows(
                    RoutingException.class, () -> route(TopKRouter.Spec.of(1), logits, context))
                .getMessage());
    assertTrue(message.contains("moe/router") && message.contains("token 1"), message);
    NDArray none =
        Logits.of(manager, new double[] {Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY});
    assertThrows(RoutingException.class, () -> route(TopKRouter.Spec.of(1), none, context));
  }

  @Test
  void noTokens() {
    NDArray logits = manager.zeros(new Shape(0, 4), DataType.FLOAT64);
    for (Capacity capacity : new Capacity[] {Capacity.dropless(), Capacity.fixed(2)}) {
      TopKRouter.Spec spec = new TopKRouter.Spec(2, true, capacity);
      Routing routing = route(spec, logits, RouterContext.of(true, Seed.of(0)));
      assertEquals(0, routing.signals().tokens());
      assertArrayEquals(new long[] {0, 0, 0, 0}, routing.signals().counts().toLongArray());
    }
  }

  /** A third counts forward, the whole backward: gradients of Transformers' {@code sparsemixer}. */
  @Test
  void sparseMixersGradientIsThatOfTheWholeWeight() {
    NDArray logits = Logits.of(manager, new double[] {-0.5, 1, 0, 1.5});
    NDArray noise = Logits.of(manager, new double[] {0.5, 0.1, -0.1, -0.6});
    NDArray uniform = manager.create(new double[] {0.7});
    RouterContext context =
        RouterContext.of(true, Seed.of(0)).withGiven(new GivenDraws(noise, 0, uniform, false));
    logits.setRequiresGradient(true);
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      RouterSpec spec = new SparseMixerRouter.Spec(0.3, Capacity.dropless());
      NDArray weights = route(spec, logits, context).signals().weights(); // (1, 2)
      collector.backward(weights.mul(manager.create(new double[] {1, 2})).sum());
    }
    assertArrayEquals(
        new double[] {0, 0.2350037122015945, 0, -0.23500371220159452},
        logits.getGradient().toDoubleArray(),
        1e-12);
  }

  /** Where one expert alone is possible there is no second one, and no NaN in the gradient. */
  @Test
  void sparseMixerOfOneFiniteLogit() {
    double none = Double.NEGATIVE_INFINITY;
    NDArray logits = Logits.of(manager, new double[] {none, 2, none});
    logits.setRequiresGradient(true);
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      Routing routing =
          route(SparseMixerRouter.Spec.of(), logits, RouterContext.of(true, Seed.of(0)));
      assertArrayEquals(new long[] {1, -1}, routing.signals().choices().toLongArray());
      assertArrayEquals(new double[] {1, 0}, routing.signals().weights().toDoubleArray());
      collector.backward(routing.signals().weights().sum());
    }
    assertArrayEquals(new double[] {0, 0, 0}, logits.getGradient().toDoubleArray());
  }

  /** E3: the m-th copy of a sequence sees the m-th block, as if each member were alone. */
  @Test
  void membersOfAnEnsembleSeeTheirOwnExperts() {
    NDArray one = Logits.random(manager, 6, 4, 5); // (2 sequences of 3, E)
    NDArray copies = one.reshape(2, 3, 4).repeat(0, 2).reshape(12, 4); // each sequence twice
    RouterContext context = RouterContext.of(false, Seed.of(0)).withSequences(4);
    RouterSpec spec = new EnsembleRouter.Spec(2, 1, 1, Capacity.dropless());
    Routing routing = route(spec, copies, context);
    for (int member = 0; member < 2; member++) {
      NDArray block = one.get(":, " + 2 * member + ":" + 2 * (member + 1)); // (6, 2)
      Routing alone =
          route(new VMoeRouter.Spec(1, 1, Capacity.dropless()), block, context.withSequences(2));
      for (int t = 0; t < 6; t++) {
        int copy = t / 3 * 6 + member * 3 + t % 3;
        assertEquals(
            alone.signals().choices().toLongArray()[t] + 2L * member,
            routing.signals().choices().toLongArray()[copy]);
        assertEquals(
            alone.signals().weights().toDoubleArray()[t],
            routing.signals().weights().toDoubleArray()[copy],
            1e-12);
      }
    }
    RouterContext three = context.withSequences(3);
    assertThrows(RoutingException.class, () -> route(spec, copies, three));
    assertThrows(IllegalArgumentException.class, () -> spec.build(4, 5, Seed.of(1)));
  }

  /** A chosen probability that is 0 in float32 has no gradient, as in {@code torch.norm}. */
  @ParameterizedTest
  @CsvSource({"2", "1", "0.5", "40"})
  void aNormHasAGradientAtZero(double p) {
    NDArray logits =
        Ops.cast(
            Logits.of(manager, new double[] {120, 0, -5}, new double[] {1, 0.5, 0}),
            DataType.FLOAT32);
    logits.setRequiresGradient(true);
    float[] weights;
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      MegaBlocksRouter.Spec spec = new MegaBlocksRouter.Spec(2, p, Capacity.dropless());
      GatedRouter router = (GatedRouter) spec.build(3, 3, Seed.of(1).child("moe/router"));
      router.initialize(manager, DataType.FLOAT32, new Shape(1, 3));
      NDArray chosen = // (T, K)
          router
              .routeLogits(
                  new ParameterStore(manager, false), logits, RouterContext.of(true, Seed.of(0)))
              .signals()
              .weights();
      weights = chosen.toFloatArray();
      collector.backward(chosen.sum());
    }
    assertArrayEquals(new float[] {1, 0}, new float[] {weights[0], weights[1]});
    double one = Math.pow(weights[2], p) + Math.pow(weights[3], p);
    assertEquals(1, one, 1e-5);
    assertEquals(Math.exp(-0.5), weights[3] / weights[2], 1e-6);
    for (float gradient : logits.getGradient().toFloatArray()) {
      assertTrue(Float.isFinite(gradient), "gradient " + gradient);
    }
  }
}
