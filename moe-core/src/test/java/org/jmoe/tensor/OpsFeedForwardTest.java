package org.jmoe.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.Arrays;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.GradientCheck;
import org.jmoe.testing.ReferenceFeedForward;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OpsFeedForwardTest {
  private static final int EXPERTS = 3;
  private static final int DIM = 4;
  private static final int HIDDEN = 5;

  @RegisterExtension final BatchScope scope = new BatchScope();

  /** x (N, D), in (E, D, H), in bias (E, H), out (E, H, D), out bias (E, D). */
  private NDArray[] inputs(Activation activation, boolean bias) {
    NDManager manager = scope.manager();
    int columns = activation.columns(HIDDEN);
    return new NDArray[] {
      Tensors.random(manager, 1, 6, DIM),
      Tensors.random(manager, 2, EXPERTS, DIM, columns),
      Tensors.random(manager, 3, EXPERTS, bias ? columns : 0),
      Tensors.random(manager, 4, EXPERTS, HIDDEN, DIM),
      Tensors.random(manager, 5, EXPERTS, bias ? DIM : 0)
    };
  }

  private static FeedForwardWeights weights(Activation activation, NDArray[] in) {
    return FeedForwardWeights.of(activation, in[1], in[2], in[3], in[4]);
  }

  private static ReferenceFeedForward reference(Activation activation, NDArray[] in, int expert) {
    return new ReferenceFeedForward(
        activation,
        Tensors.rows(in[1].get(expert)),
        in[2].get(expert).toDoubleArray(),
        Tensors.rows(in[3].get(expert)),
        in[4].get(expert).toDoubleArray());
  }

  @ParameterizedTest
  @CsvSource({
    "RELU,true",
    "RELU,false",
    "GELU,true",
    "GELU,false",
    "SILU,true",
    "SILU,false",
    "SWIGLU,true",
    "SWIGLU,false",
    "GEGLU,true",
    "GEGLU,false"
  })
  void allFormsEqualTheLoops(Activation activation, boolean bias) {
    NDArray[] in = inputs(activation, bias);
    double[][] x = Tensors.rows(in[0]);

    // Expert 1 is idle: rows 0 to 3 belong to expert 0 and the last two to expert 2.
    NDArray counts = scope.manager().create(new long[] {4, 0, 2}); // (E)
    double[][] grouped = new double[6][];
    for (int row = 0; row < 6; row++) {
      grouped[row] = reference(activation, in, row < 4 ? 0 : 2).of(x[row]);
    }
    NDArray rows = ExpertOps.groupedExperts(in[0], counts, weights(activation, in)); // (N, D)
    Tensors.assertClose(Tensors.flat(grouped), rows, 1e-13);

    double[][] padded = new double[6][];
    for (int row = 0; row < 6; row++) {
      padded[row] = reference(activation, in, row / 2).of(x[row]);
    }
    NDArray slots = in[0].reshape(EXPERTS, 2, DIM); // (E, C, D)
    Tensors.assertClose(
        Tensors.flat(padded), ExpertOps.paddedExperts(slots, weights(activation, in)), 1e-13);

    GradientCheck.assertCorrect(
        given -> ExpertOps.groupedExperts(given[0], counts, weights(activation, given)), in);
    GradientCheck.assertCorrect(
        given -> {
          NDArray cut = given[0].reshape(EXPERTS, 2, DIM); // (E, C, D)
          return ExpertOps.paddedExperts(cut, weights(activation, given));
        },
        in);
  }

  @ParameterizedTest
  @CsvSource({"RELU,true", "GELU,false", "SILU,true", "SWIGLU,false", "GEGLU,true"})
  void oneFeedForwardEqualsTheLoops(Activation activation, boolean bias) {
    NDArray[] stack = inputs(activation, bias);
    NDArray[] in = {
      stack[0].reshape(2, 3, DIM),
      stack[1].get(1),
      stack[2].get(1),
      stack[3].get(1),
      stack[4].get(1)
    };
    double[][] x = Tensors.rows(stack[0]);
    double[][] expected = new double[6][];
    for (int row = 0; row < 6; row++) {
      expected[row] = reference(activation, stack, 1).of(x[row]);
    }
    NDArray y = ExpertOps.feedForward(in[0], weights(activation, in)); // (B, S, D)
    assertEquals(new Shape(2, 3, DIM), y.getShape());
    Tensors.assertClose(Tensors.flat(expected), y, 1e-13);
    GradientCheck.assertCorrect(
        given -> ExpertOps.feedForward(given[0], weights(activation, given)), in);
  }

  @Test
  void noRowsAtAll() {
    NDArray[] in = inputs(Activation.SWIGLU, true);
    NDArray none = scope.manager().zeros(new Shape(0, DIM), DataType.FLOAT64);
    NDArray counts = scope.manager().zeros(new Shape(EXPERTS), DataType.INT64);
    assertEquals(
        new Shape(0, DIM),
        ExpertOps.groupedExperts(none, counts, weights(Activation.SWIGLU, in)).getShape());
  }

  @Test
  void dropoutFollowsTheSeed() {
    NDArray[] in = inputs(Activation.RELU, false);
    NDArray counts = scope.manager().create(new long[] {2, 2, 2}); // (E)
    double[] one = dropped(in, counts, Seed.of(1));
    Tensors.assertClose(one, dropped(in, counts, Seed.of(1)), 0);
    assertFalse(Arrays.equals(one, dropped(in, counts, Seed.of(2))));
    GradientCheck.assertCorrect(
        given -> ExpertOps.groupedExperts(given[0], counts, withDropout(given, Seed.of(1))), in);
  }

  @Test
  void dropoutDiffersBetweenExperts() {
    // Three experts have the same weights and rows; only their dropout masks differ.
    NDManager manager = scope.manager();
    NDArray row = Tensors.random(manager, 1, 2, DIM);
    NDArray in = Tensors.random(manager, 2, 1, DIM, 64);
    NDArray out = Tensors.random(manager, 3, 1, 64, DIM);
    NDArray none = manager.zeros(new Shape(EXPERTS, 0), DataType.FLOAT64);
    NDArray counts = manager.create(new long[] {2, 2, 2}); // (E)
    NDArray[] given = {thrice(row), thrice(in), none, thrice(out), none};
    double[][] y = Tensors.rows(dropped(given, counts, Seed.of(1)), 2 * DIM);
    assertFalse(Arrays.equals(y[0], y[1]));
    assertFalse(Arrays.equals(y[1], y[2]));
  }

  private static NDArray thrice(NDArray x) {
    return x.concat(x, 0).concat(x, 0);
  }

  private static double[] dropped(NDArray[] in, NDArray counts, Seed seed) {
    return ExpertOps.groupedExperts(in[0], counts, withDropout(in, seed)).toDoubleArray();
  }

  private static FeedForwardWeights withDropout(NDArray[] in, Seed seed) {
    return FeedForwardWeights.of(Activation.RELU, in[1], in[2], in[3], in[4])
        .withDropout(0.5, seed);
  }

  /** Megatron-LM's {@code test_grouped_mlp.py}: expert biases are weighted like the outputs. */
  @ParameterizedTest
  @CsvSource({"0.5 0.5 1, 6 12 8 14 105 206", "0.25 0.5 1.5, 3.5 7 8 14 155 306"})
  void biasesAreWeightedToo(String weights, String expected) {
    NDManager manager = scope.manager();
    double[] w = numbers(weights);
    NDArray rows = // (N, D), 1 .. 6 after the weights
        manager.create(
            new double[] {1 / w[0], 2 / w[0], 3 / w[1], 4 / w[1], 5 / w[2], 6 / w[2]},
            new Shape(3, 2));
    NDArray unit = manager.eye(2).toType(DataType.FLOAT64, false).expandDims(0).repeat(0, 2);
    NDArray bias = manager.create(new double[] {10, 20, 100, 200}, new Shape(2, 2)); // (E, D)
    NDArray none = manager.zeros(new Shape(2, 0), DataType.FLOAT64);
    bias.setRequiresGradient(true);
    FeedForwardWeights experts = FeedForwardWeights.of(Activation.RELU, unit, none, unit, bias);
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray out =
          ExpertOps.groupedExperts(rows, manager.create(new long[] {2, 1}), experts); // (N, D)
      NDArray position = manager.create(new long[] {0, 1, 2}, new Shape(3, 1)); // (T, 1)
      NDArray y =
          ExpertOps.weightedSum(out, position, manager.create(w, new Shape(3, 1))); // (T, D)
      assertArrayEquals(numbers(expected), y.toDoubleArray(), 1e-12);
      collector.backward(y.sum());
    }
    double[] sums = {w[0] + w[1], w[0] + w[1], w[2], w[2]};
    assertArrayEquals(sums, bias.getGradient().toDoubleArray(), 1e-12);
  }

  private static double[] numbers(String text) {
    return Arrays.stream(text.trim().split(" ")).mapToDouble(Double::parseDouble).toArray();
  }
}
