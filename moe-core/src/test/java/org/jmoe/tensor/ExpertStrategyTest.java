package org.jmoe.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every strategy agrees with the plain loop, forward and backward. */
final class ExpertStrategyTest {
  @RegisterExtension final BatchScope scope = new BatchScope();

  /** Distribution of rows over experts. */
  enum Imbalance {
    BALANCED,
    ZIPF,
    ALL_TO_ONE,
    RANDOM;

    long[] counts(int experts, int each, SplittableRandom random) {
      return LongStream.range(0, experts)
          .map(
              e ->
                  switch (this) {
                    case BALANCED -> each;
                    case ZIPF -> 2L * each / (e + 1);
                    case ALL_TO_ONE -> e == experts / 2 ? (long) experts * each : 0;
                    case RANDOM -> random.nextInt(2 * each);
                  })
          .toArray();
    }
  }

  @ParameterizedTest
  @EnumSource
  void allEqualTheLoop(Imbalance imbalance) {
    SplittableRandom random = new SplittableRandom(imbalance.name().hashCode());
    List<Activation> activations = List.of(Activation.values());
    for (int trial = 0; trial < 6; trial++) {
      Activation activation = activations.get(random.nextInt(activations.size()));
      int experts = random.nextInt(1, 7);
      long[] counts = imbalance.counts(experts, random.nextInt(1, 9), random);
      int dim = random.nextInt(1, 9);
      int hidden = random.nextInt(1, 9);
      boolean bias = random.nextBoolean();
      for (DataType type : new DataType[] {DataType.FLOAT64, DataType.FLOAT32}) {
        double tolerance = type == DataType.FLOAT64 ? 1e-12 : 1e-5;
        List<double[]> loop = run(ExpertStrategy.LOOP, type, activation, counts, dim, hidden, bias);
        for (ExpertStrategy strategy : ExpertStrategy.values()) {
          List<double[]> found = run(strategy, type, activation, counts, dim, hidden, bias);
          for (int i = 0; i < loop.size(); i++) {
            double scale = Arrays.stream(loop.get(i)).map(Math::abs).reduce(1, Math::max);
            assertArrayEquals(
                loop.get(i), found.get(i), tolerance * scale, strategy + " array " + i);
          }
        }
      }
    }
  }

  /** Returns the output, then the gradients of rows, weights and biases. */
  private List<double[]> run(
      ExpertStrategy strategy,
      DataType type,
      Activation activation,
      long[] counts,
      int dim,
      int hidden,
      boolean bias) {
    return run(strategy, type, activation, counts, dim, hidden, bias, Precision.FLOAT32);
  }

  private List<double[]> run(
      ExpertStrategy strategy,
      DataType type,
      Activation activation,
      long[] counts,
      int dim,
      int hidden,
      boolean bias,
      Precision precision) {
    int experts = counts.length;
    int rows = (int) LongStream.of(counts).sum();
    int columns = activation.columns(hidden);
    NDArray[] in = {
      input(1, type, rows, dim),
      input(2, type, experts, dim, columns),
      input(3, type, experts, bias ? columns : 0),
      input(4, type, experts, hidden, dim),
      input(5, type, experts, bias ? dim : 0)
    };
    FeedForwardWeights weights =
        FeedForwardWeights.of(activation, in[1], in[2], in[3], in[4])
            .withPrecision(precision)
            .withStrategy(strategy);
    List<double[]> results = new ArrayList<>();
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      for (NDArray array : in) {
        array.setRequiresGradient(true);
      }
      NDArray y =
          ExpertOps.groupedExperts(in[0], scope.manager().create(counts), weights); // (N, D)
      assertEquals(new Shape(rows, dim), y.getShape());
      results.add(Tensors.doubles(y));
      NDArray factors = input(6, type, rows, dim); // (N, D)
      collector.backward(y.mul(factors).sum());
    }
    for (NDArray array : in) {
      results.add(Tensors.doubles(array.getGradient()));
    }
    return results;
  }

  private NDArray input(int seed, DataType type, long... shape) {
    return Ops.cast(Tensors.random(scope.manager(), seed, shape), type);
  }

  /**
   * In bfloat16, groups are padded with rows of zeros that must not affect the result. With biases,
   * an expert maps a zero row to a nonzero output.
   */
  @ParameterizedTest
  @EnumSource
  void paddingDoesNotAffectTheResult(ExpertStrategy strategy) {
    for (long[] counts : new long[][] {{37, 0, 16, 70}, {600, 3, 1, 0}, {0, 0, 0, 0}}) {
      List<double[]> exact =
          run(strategy, DataType.FLOAT32, Activation.SWIGLU, counts, 24, 16, true);
      List<double[]> coarse =
          run(
              strategy,
              DataType.FLOAT32,
              Activation.SWIGLU,
              counts,
              24,
              16,
              true,
              Precision.BFLOAT16);
      for (int i = 0; i < exact.size(); i++) {
        double scale = Arrays.stream(exact.get(i)).map(Math::abs).reduce(1e-6, Math::max);
        assertArrayEquals(exact.get(i), coarse.get(i), 0.02 * scale, strategy + " array " + i);
      }
    }
  }

  /** The rule: at most 24 rows above the mean, and no dropout. */
  @Test
  void cheapestIsPaddedForBalancedGroups() {
    assertArrayEquals(
        forward(ExpertStrategy.PADDED, 40, 16), forward(ExpertStrategy.CHEAPEST, 40, 16));
    assertArrayEquals(
        forward(ExpertStrategy.GROUPED, 90, 2), forward(ExpertStrategy.CHEAPEST, 90, 2));
  }

  /** With fewer rows than experts and no gradients, the weights of idle experts are not read. */
  @Test
  void idleExpertsAreNotRead() {
    long[] counts = {0, 1, 0, 2, 0, 0};
    assertArrayEquals(
        forward(ExpertStrategy.LOOP, counts), forward(ExpertStrategy.CHEAPEST, counts), 1e-5f);
    NDArray idle = scope.manager().full(new Shape(6, 33, 2 * 47), Float.NaN);
    NDArray in = input(2, DataType.FLOAT32, 6, 33, 2 * 47);
    NDArray served = scope.manager().create(new float[] {0, 1, 0, 1, 0, 0}).reshape(6, 1, 1);
    NDArray mixed = Ops.cast(served, DataType.BOOLEAN).broadcast(in.getShape());
    NDArray weights = NDArrays.where(mixed, in, idle);
    NDArray x = input(1, DataType.FLOAT32, 3, 33);
    float[] found =
        NoGrad.get(
            () ->
                ExpertOps.groupedExperts(x, scope.manager().create(counts), swiglu(weights))
                    .toFloatArray());
    assertArrayEquals(forward(ExpertStrategy.LOOP, counts), found, 1e-5f);
  }

  private FeedForwardWeights swiglu(NDArray in) {
    long experts = in.getShape().get(0);
    NDArray none = scope.manager().zeros(new Shape(experts, 0));
    return FeedForwardWeights.of(
        Activation.SWIGLU, in, none, input(4, DataType.FLOAT32, experts, 47, 33), none);
  }

  private float[] forward(ExpertStrategy strategy, long... counts) {
    int rows = (int) LongStream.of(counts).sum();
    NDArray none = scope.manager().zeros(new Shape(counts.length, 0));
    FeedForwardWeights weights =
        FeedForwardWeights.of(
                Activation.SWIGLU,
                input(2, DataType.FLOAT32, counts.length, 33, 2 * 47),
                none,
                input(4, DataType.FLOAT32, counts.length, 47, 33),
                none)
            .withStrategy(strategy);
    NDArray x = input(1, DataType.FLOAT32, rows, 33);
    return ExpertOps.groupedExperts(x, scope.manager().create(counts), weights).toFloatArray();
  }
}
