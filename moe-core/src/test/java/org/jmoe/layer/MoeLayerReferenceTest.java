package org.jmoe.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jmoe.metrics.ExpertSaliency;
import org.jmoe.plan.DropOrder;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Blocks;
import org.jmoe.testing.GradientCheck;
import org.jmoe.testing.MoeCase;
import org.jmoe.testing.RandomCases;
import org.jmoe.testing.ReferenceFeedForward;
import org.jmoe.testing.ReferenceMoe;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random layers compared with plain loops and finite differences. */
final class MoeLayerReferenceTest {
  private static final Seed DRAWS = Seed.of(99);

  @RegisterExtension final BatchScope scope = new BatchScope();

  static Stream<MoeCase> cases() {
    return RandomCases.first(150);
  }

  static Stream<MoeCase> casesForGradients() {
    return RandomCases.first(10);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheLoops(MoeCase c) {
    compare(c, DataType.FLOAT64, 1e-12);
    compare(c, DataType.FLOAT32, 1e-5);
  }

  private void compare(MoeCase c, DataType type, double tolerance) {
    MoeLayer layer = c.layer();
    layer.initialize(scope.manager(), type, new Shape(c.tokens(), c.dim()));
    double[] values = c.values("tokens", c.tokens() * c.dim());
    NDArray x = Tensors.of(scope.manager(), type, values, c.tokens(), c.dim()); // (T, D)
    ParameterStore ps = new RecordingStore(new ParameterStore(scope.manager(), false), DRAWS);
    NDArray y = Blocks.forward(layer, ps, x, true); // (T, D)
    Tensors.assertClose(Tensors.flat(expected(c, layer, Tensors.rows(x), type)), y, tolerance);
  }

  private double[][] expected(MoeCase c, MoeLayer layer, double[][] x, DataType type) {
    double[][] gate = Tensors.rows(Blocks.parameter(layer, "gate"));
    double[][] probs = ReferenceMoe.probabilities(x, gate);
    int[][] choices = ReferenceMoe.topK(probs, c.k());
    double[][] weights = ReferenceMoe.weights(probs, choices, c.normalise());
    // Priority is by probability, which normalized weights no longer contain.
    double[][] scores =
        c.order() == DropOrder.BATCH_PRIORITISED
            ? ReferenceMoe.weights(probs, choices, false)
            : weights;
    int[] served = ReferenceMoe.byPriority(c.order(), scores, draws(c, type));
    boolean[][] kept = ReferenceMoe.kept(choices, ReferenceMoe.ranks(choices, served), c.slots());
    return ReferenceMoe.combine(x, choices, weights, kept, experts(c, layer));
  }

  /** Returns the draws of {@link DropOrder#RANDOM} inside the layer. */
  private double[] draws(MoeCase c, DataType type) {
    NDArray like = scope.manager().zeros(new Shape((long) c.tokens() * c.k()), type);
    return Tensors.doubles(Ops.uniform(like, DRAWS.child("moe").child("router").child("drop")));
  }

  private static ReferenceFeedForward[] experts(MoeCase c, MoeLayer layer) {
    ReferenceFeedForward[] experts = new ReferenceFeedForward[c.experts()];
    for (int e = 0; e < experts.length; e++) {
      experts[e] =
          new ReferenceFeedForward(
              c.activation(),
              Tensors.rows(Blocks.parameter(layer, "/in").get(e)),
              Tensors.doubles(Blocks.parameter(layer, "in_bias").get(e)),
              Tensors.rows(Blocks.parameter(layer, "/out").get(e)),
              Tensors.doubles(Blocks.parameter(layer, "out_bias").get(e)));
    }
    return experts;
  }

  /** Saliency of each expert: the mean of weight times output norm. */
  @ParameterizedTest
  @MethodSource("cases")
  void saliencyEqualsTheLoops(MoeCase c) {
    MoeLayer layer = c.layer();
    layer.initialize(scope.manager(), DataType.FLOAT64, new Shape(c.tokens(), c.dim()));
    NDArray input = Tensors.random(scope.manager(), c.seed(), c.tokens(), c.dim()); // (T, D)
    List<ExpertSaliency> layers = new ArrayList<>();
    RecordingStore ps =
        new RecordingStore(new ParameterStore(scope.manager(), false), DRAWS)
            .with((moe, pass) -> layers.add(ExpertSaliency.of(pass).orElseThrow()));
    Blocks.forward(layer, ps, input, false);
    double[][] x = Tensors.rows(input);
    RoutingSignals signals = ps.signals().values().iterator().next();
    double[][] weights = Tensors.rows(signals.weights());
    long[] choices = signals.choices().toLongArray();
    boolean[] kept = signals.kept().toBooleanArray();
    double[] sums = new double[c.experts()];
    double[] served = new double[c.experts()];
    for (int t = 0; t < x.length; t++) {
      for (int k = 0; k < c.k(); k++) {
        int e = (int) choices[t * c.k() + k];
        if (kept[t * c.k() + k]) {
          double[] out = experts(c, layer)[e].of(x[t]);
          double square = java.util.Arrays.stream(out).map(v -> v * v).sum();
          sums[e] += weights[t][k] * Math.sqrt(square);
          served[e]++;
        }
      }
    }
    ExpertSaliency saliency = layers.get(0);
    assertArrayEquals(served, saliency.served().toArray());
    assertArrayEquals(sums, saliency.weighted().toArray(), 1e-9);
    for (int e = 0; e < sums.length; e++) {
      assertEquals(served[e] == 0 ? 0 : sums[e] / served[e], saliency.mean().get(e), 1e-9);
    }
  }

  /** End to end through router, plan and experts, with and without dropping. */
  @ParameterizedTest
  @MethodSource("casesForGradients")
  void passesTheGradient(MoeCase c) {
    MoeLayer layer = c.layer();
    layer.initialize(scope.manager(), DataType.FLOAT64, new Shape(c.tokens(), c.dim()));
    NDArray x = Tensors.random(scope.manager(), c.seed(), c.tokens(), c.dim()); // (T, D)
    GradientCheck.assertCorrect(
        layer,
        (ps, tokens) -> Blocks.forward(layer, new RecordingStore(ps, DRAWS), tokens, true),
        x);
  }
}
