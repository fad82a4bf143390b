package org.jmoe.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Stream;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.soft.DenseSoftRouter;
import org.jmoe.routing.topk.NoisyTopKRouter;
import org.jmoe.routing.topk.SwitchRouter;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Blocks;
import org.jmoe.testing.GradientCheck;
import org.jmoe.testing.PlainExperts;
import org.jmoe.testing.ReferenceFeedForward;
import org.jmoe.testing.ReferenceMoe;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Published routers in an MoE layer. */
final class PublishedRoutersTest {
  private static final int TOKENS = 9;
  private static final int DIM = 4;
  private static final int EXPERTS = 3;

  @RegisterExtension final BatchScope scope = new BatchScope();

  static Stream<RouterSpec> routers() {
    return Stream.of(
        TopKRouter.Spec.of(2),
        new TopKRouter.Spec(2, false, Capacity.factor(1)),
        NoisyTopKRouter.Spec.of(2),
        SwitchRouter.Spec.of(1),
        new DenseSoftRouter.Spec());
  }

  private MoeLayer layer(RouterSpec router) {
    MoeLayer.Spec spec =
        new MoeLayer.Spec(EXPERTS, router, new PlainExperts.Spec(5, Activation.GELU, true));
    MoeLayer layer = spec.build(DIM, Seed.of(1).child("moe"));
    layer.initialize(scope.manager(), DataType.FLOAT64, new Shape(TOKENS, DIM));
    // Noisy gating is initialized to zeros, where every choice is a tie.
    NDArray gate = Blocks.parameter(layer, "gate");
    gate.addi(Tensors.random(scope.manager(), 3, DIM, EXPERTS));
    return layer;
  }

  private NDArray tokens() {
    return Tensors.random(scope.manager(), 1, TOKENS, DIM); // (T, D)
  }

  private RecordingStore recording(long step) {
    return new RecordingStore(new ParameterStore(scope.manager(), false), Seed.of(step));
  }

  private static RoutingSignals signals(RecordingStore recording) {
    return recording.signals().values().iterator().next();
  }

  @ParameterizedTest
  @MethodSource("routers")
  void equalsTheLoopsInEvaluation(RouterSpec router) {
    MoeLayer layer = layer(router);
    double[][] x = Tensors.rows(tokens());
    double[][] probs = ReferenceMoe.probabilities(x, Tensors.rows(Blocks.parameter(layer, "gate")));
    int[][] choices = ReferenceMoe.topK(probs, router.activeExperts(EXPERTS));
    // A softmax over the k largest logits equals the probabilities divided by their sum.
    boolean normalised =
        router instanceof NoisyTopKRouter.Spec
            || (router instanceof TopKRouter.Spec topK && topK.normalise());
    double[][] weights = ReferenceMoe.weights(probs, choices, normalised);
    boolean[][] kept = new boolean[TOKENS][choices[0].length];
    for (boolean[] row : kept) {
      Arrays.fill(row, true);
    }
    ReferenceFeedForward[] experts = new ReferenceFeedForward[EXPERTS];
    for (int e = 0; e < EXPERTS; e++) {
      experts[e] =
          new ReferenceFeedForward(
              Activation.GELU,
              Tensors.rows(Blocks.parameter(layer, "/in").get(e)),
              Blocks.parameter(layer, "in_bias").get(e).toDoubleArray(),
              Tensors.rows(Blocks.parameter(layer, "/out").get(e)),
              Blocks.parameter(layer, "out_bias").get(e).toDoubleArray());
    }
    double[][] y = ReferenceMoe.combine(x, choices, weights, kept, experts);
    Tensors.assertClose(Tensors.flat(y), Blocks.infer(layer, tokens()), 1e-12);
  }

  @ParameterizedTest
  @MethodSource("routers")
  void passesTheGradientInTraining(RouterSpec router) {
    MoeLayer layer = layer(router);
    GradientCheck.assertCorrect(
        layer,
        (ps, x) -> Blocks.forward(layer, new RecordingStore(ps, Seed.of(4)), x, true),
        tokens());
  }

  @ParameterizedTest
  @MethodSource("routers")
  void countsItsParameters(RouterSpec router) {
    MoeLayer layer = layer(router);
    long ofExperts =
        EXPERTS * new PlainExperts.Spec(5, Activation.GELU, true).parametersPerExpert(DIM);
    assertEquals(Blocks.count(layer) - ofExperts, router.parameters(DIM, EXPERTS));
  }

  @ParameterizedTest
  @MethodSource("routers")
  void drawsAreAFunctionOfTheStep(RouterSpec router) {
    MoeLayer layer = layer(router);
    double[] first = Blocks.forward(layer, recording(1), tokens(), true).toDoubleArray();
    assertArrayEquals(first, Blocks.forward(layer, recording(1), tokens(), true).toDoubleArray());
    boolean noisy = router.traits().contains(RouterTrait.NOISE);
    double[] second = Blocks.forward(layer, recording(2), tokens(), true).toDoubleArray();
    assertTrue(!noisy || !Arrays.equals(first, second), "different noise in another step");
  }

  @Test
  void capacityDropsInTraining() {
    MoeLayer layer = layer(new TopKRouter.Spec(2, true, Capacity.factor(0.5)));
    RecordingStore recording = recording(1);
    assertEquals(TOKENS, Blocks.forward(layer, recording, tokens(), true).getShape().get(0));
    // ceil(9 * 2 * 0.5 / 3) = 3 slots for each of the three experts.
    NDArray kept = Ops.cast(signals(recording).kept(), DataType.INT64); // (T, K)
    assertTrue(kept.sum().getLong() <= 9);
  }

  @Test
  void switchJittersTheGateOnly() {
    MoeLayer still = layer(new SwitchRouter.Spec(0, Capacity.dropless()));
    MoeLayer jittered = layer(new SwitchRouter.Spec(0.1, Capacity.dropless()));
    RecordingStore one = recording(1);
    RecordingStore two = recording(1);
    NDArray y = Blocks.forward(still, one, tokens(), true); // (T, D)
    NDArray noisy = Blocks.forward(jittered, two, tokens(), true); // (T, D)
    double[] logits = signals(one).logits().toDoubleArray();
    assertFalse(Arrays.equals(logits, signals(two).logits().toDoubleArray()));
    // For equal choices, y is w E(x) with the same E(x): the outputs differ only by the weights.
    NDArray ratio = signals(two).weights().div(signals(one).weights()); // (T, 1)
    double[] same = Tensors.doubles(signals(one).choices().eq(signals(two).choices()));
    double[][] expected = Tensors.rows(y.mul(ratio));
    double[][] found = Tensors.rows(noisy);
    for (int t = 0; t < TOKENS; t++) {
      if (same[t] == 1) {
        Tensors.assertClose(expected[t], found[t], 1e-12);
      }
    }
    assertTrue(Arrays.stream(same).sum() >= 1);
  }

  @Test
  void noiseHasTheReportedStandardDeviation() {
    MoeLayer layer = layer(NoisyTopKRouter.Spec.of(2));
    RecordingStore recording = recording(1);
    assertEquals(TOKENS, Blocks.forward(layer, recording, tokens(), true).getShape().get(0));
    RoutingSignals signals = signals(recording);
    NDArray std = Objects.requireNonNull(signals.noiseStd()); // (T, E)
    // The noise weight is initialized to zero: softplus(0) + 0.01 = ln 2 + 0.01.
    double[] expected = new double[TOKENS * EXPERTS];
    Arrays.fill(expected, Math.log(2) + 0.01);
    Tensors.assertClose(expected, std, 1e-12);
    RecordingStore evaluation = recording(1);
    assertEquals(TOKENS, Blocks.forward(layer, evaluation, tokens(), false).getShape().get(0));
    assertEquals(null, signals(evaluation).noisy());
  }
}
