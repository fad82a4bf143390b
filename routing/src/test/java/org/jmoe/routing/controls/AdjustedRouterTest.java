package org.jmoe.routing.controls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.routing.published.RouterPresets;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.GradientCheck;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AdjustedRouterTest extends RouterContract {
  private static final int D = 5;
  private static final int N = 4; // experts
  private static final int MANY = 16; // width and experts of published settings

  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new AdjustedRouter.Spec(
        new TopKRouter.Spec(2, true, capacity), 0.01, true, List.of(0.5, 0.0, -1e9, 0.0));
  }

  /** Returns a bias of expert 1 alone. */
  private static List<Double> bias(double value) {
    return IntStream.range(0, MANY).mapToObj(e -> e == 1 ? value : 0).toList();
  }

  private Router built(RouterSpec spec) {
    return built(spec, D, N);
  }

  private Router built(RouterSpec spec, int dim, int experts) {
    Router router = spec.build(dim, experts, Seed.of(1).child("moe/router"));
    router.initialize(manager(), DataType.FLOAT64, new Shape(1, dim));
    return router;
  }

  private ParameterStore store() {
    return RecordingStore.carrying(new ParameterStore(manager(), false));
  }

  private long[] choices(RouterSpec spec, NDArray tokens, boolean training) {
    RouterContext context = RouterContext.of(training, Seed.of(3));
    int dim = (int) tokens.getShape().get(1);
    return built(spec, dim, dim == D ? N : MANY)
        .route(store(), tokens, context)
        .signals()
        .choices()
        .toLongArray();
  }

  /** A bias of -1e9 keeps an expert out of any router with logits, one of 1e3 forces it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "mixtral",
        "switch",
        "megatron-sigmoid",
        "gpt-oss",
        "shazeer-noisy-top-k",
        "remoe",
        "top-p-strict",
        "expert-threshold",
        "phimoe",
        "rmoe",
        "densemixer",
        "self-routing"
      })
  void aForcedBiasWorksOnAnyRouter(String preset) {
    RouterSpec plain = RouterPresets.find(preset).orElseThrow().spec(MANY);
    NDArray tokens = Logits.random(manager(), 20, MANY, 5);
    long[] out = choices(new AdjustedRouter.Spec(plain, 0, false, bias(-1e3)), tokens, false);
    assertEquals(0, Arrays.stream(out).filter(c -> c == 1).count());
    long[] in = choices(new AdjustedRouter.Spec(plain, 0, false, bias(1e3)), tokens, false);
    assertEquals(20, Arrays.stream(in).filter(c -> c == 1).count());
  }

  /** The weights are those of the router on perturbed tokens, in training only. */
  @Test
  void jitterIsDrawnInTraining() {
    RouterSpec plain = new TopKRouter.Spec(2, true, Capacity.dropless());
    RouterSpec jittered = new AdjustedRouter.Spec(plain, 0.1, false, List.of());
    NDArray tokens = Logits.random(manager(), 8, D, 5);
    double[] exact = weights(plain, tokens, true);
    assertArrayEquals(exact, weights(jittered, tokens, false));
    double[] perturbed = weights(jittered, tokens, true);
    assertNotEquals(exact[0], perturbed[0]);
    assertArrayEquals(exact, perturbed, 0.1);
  }

  private double[] weights(RouterSpec spec, NDArray tokens, boolean training) {
    RouterContext context = RouterContext.of(training, Seed.of(3));
    return built(spec).route(store(), tokens, context).signals().weights().toDoubleArray();
  }

  @Test
  void theBiasIsLearned() {
    Router router = built(spec(Capacity.dropless()));
    for (Parameter parameter : router.getParameters().values()) {
      parameter.getArray().addi(0.25);
    }
    GradientCheck.assertCorrect(
        router,
        (ps, x) -> router.route(ps, x, RouterContext.of(true, Seed.of(3))).signals().weights(),
        Logits.random(manager(), 6, D, 5));
    assertEquals(D * N + N, spec(Capacity.dropless()).parameters(D, N));
  }
}
