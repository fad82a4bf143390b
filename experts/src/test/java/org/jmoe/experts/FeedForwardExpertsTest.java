package org.jmoe.experts;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jmoe.layer.Experts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.plan.SlotPlan;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Blocks;
import org.jmoe.testing.Errors;
import org.jmoe.testing.ExpertsContract;
import org.jmoe.testing.GradientCheck;
import org.jmoe.testing.ReferenceFeedForward;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class FeedForwardExpertsTest extends ExpertsContract {
  @Override
  protected ExpertsSpec spec() {
    return new FeedForwardExperts.Spec(HIDDEN, Activation.SWIGLU, true, 0.25);
  }

  private static final int DIM = 3;
  private static final int HIDDEN = 4;
  private static final int EXPERTS = 4;
  private static final Seed DRAWS = Seed.of(5);

  /** Six tokens with two choices each; expert 2 is idle. */
  private static final int[][] CHOICES = {{0, 1}, {1, 3}, {3, 0}, {0, 3}, {1, 0}, {0, 1}};

  @RegisterExtension final BatchScope scope = new BatchScope();

  static Stream<Arguments> forms() {
    return Arrays.stream(Activation.values())
        .flatMap(activation -> Stream.of(true, false).map(b -> Arguments.of(activation, b)));
  }

  private Experts experts(FeedForwardExperts.Spec spec, DataType type) {
    Experts experts = spec.build(DIM, EXPERTS, Seed.of(1).child("experts"));
    experts.initialize(scope.manager(), type);
    // Biases are initialized to zero, where an error would not show.
    for (Parameter parameter : experts.getParameters().values()) {
      if (parameter.getName().endsWith("bias")) {
        int size = Math.toIntExact(parameter.getShape().size());
        double[] values = Tensors.random(parameter.getName().length(), size);
        parameter
            .getArray()
            .addi(Tensors.of(scope.manager(), type, values, parameter.getShape().getShape()));
      }
    }
    return experts;
  }

  private GroupedPlan grouped(DataType type) {
    NDArray ones = scope.manager().ones(new Shape(CHOICES.length, 2), type); // (T, K)
    return GroupedPlan.of(Tensors.of(scope.manager(), CHOICES), ones, EXPERTS);
  }

  private SlotPlan slots(DataType type) {
    NDArray choices = Tensors.of(scope.manager(), CHOICES); // (T, K)
    NDArray ones = scope.manager().ones(choices.getShape(), type); // (T, K)
    NDArray ranks = DropOrder.K_MAJOR.rank(choices, ones, DRAWS); // (T, K)
    return SlotPlan.of(choices, ranks, ones, EXPERTS, CHOICES.length);
  }

  private NDArray through(Experts experts, DispatchPlan plan, NDArray x) {
    ParameterStore ps = new ParameterStore(scope.manager(), false);
    return plan.combine(experts.forward(ps, plan.dispatch(x), plan, false, DRAWS)); // (T, D)
  }

  @ParameterizedTest
  @MethodSource("forms")
  void groupedEqualsPaddedEqualsLoops(Activation activation, boolean bias) {
    compare(activation, bias, DataType.FLOAT64, 1e-12);
    compare(activation, bias, DataType.FLOAT32, 1e-5);
  }

  private void compare(Activation activation, boolean bias, DataType type, double tolerance) {
    Experts experts = experts(new FeedForwardExperts.Spec(HIDDEN, activation, bias, 0), type);
    double[] values = Tensors.random(7, CHOICES.length * DIM);
    NDArray x = Tensors.of(scope.manager(), type, values, CHOICES.length, DIM); // (T, D)
    double[][] tokens = Tensors.rows(x);
    double[][] expected = new double[CHOICES.length][DIM];
    for (int t = 0; t < expected.length; t++) {
      for (int e : CHOICES[t]) {
        double[] out = loop(experts, activation, bias, e).of(tokens[t]);
        for (int d = 0; d < DIM; d++) {
          expected[t][d] += out[d];
        }
      }
    }
    Tensors.assertClose(Tensors.flat(expected), through(experts, grouped(type), x), tolerance);
    Tensors.assertClose(Tensors.flat(expected), through(experts, slots(type), x), tolerance);
  }

  private static ReferenceFeedForward loop(
      Experts experts, Activation activation, boolean bias, int e) {
    return new ReferenceFeedForward(
        activation,
        Tensors.rows(Blocks.parameter(experts, "/in").get(e)),
        bias ? Tensors.doubles(Blocks.parameter(experts, "in_bias").get(e)) : new double[0],
        Tensors.rows(Blocks.parameter(experts, "/out").get(e)),
        bias ? Tensors.doubles(Blocks.parameter(experts, "out_bias").get(e)) : new double[0]);
  }

  @ParameterizedTest
  @MethodSource("forms")
  void passesTheGradient(Activation activation, boolean bias) {
    Experts experts =
        experts(new FeedForwardExperts.Spec(HIDDEN, activation, bias, 0), DataType.FLOAT64);
    for (DispatchPlan plan : List.of(grouped(DataType.FLOAT64), slots(DataType.FLOAT64))) {
      GradientCheck.assertCorrect(
          experts,
          (ps, x) -> plan.combine(experts.forward(ps, plan.dispatch(x), plan, true, DRAWS)),
          Tensors.random(scope.manager(), 7, CHOICES.length, DIM));
    }
  }

  @Test
  void passesTheGradientThroughDropout() {
    Experts experts =
        experts(new FeedForwardExperts.Spec(HIDDEN, Activation.GELU, true, 0.5), DataType.FLOAT64);
    GroupedPlan plan = grouped(DataType.FLOAT64);
    GradientCheck.assertCorrect(
        experts,
        (ps, x) -> plan.combine(experts.forward(ps, plan.dispatch(x), plan, true, DRAWS)),
        Tensors.random(scope.manager(), 7, CHOICES.length, DIM));
  }

  @Test
  void dropsInTrainingOnly() {
    Experts experts =
        experts(new FeedForwardExperts.Spec(HIDDEN, Activation.GELU, true, 0.5), DataType.FLOAT64);
    NDArray x = Tensors.random(scope.manager(), 7, CHOICES.length, DIM); // (T, D)
    GroupedPlan plan = grouped(DataType.FLOAT64);
    ParameterStore ps = new ParameterStore(scope.manager(), false);
    NDArray rows = plan.dispatch(x); // (N, D)
    double[] evaluated = experts.forward(ps, rows, plan, false, DRAWS).toDoubleArray();
    double[] trained = experts.forward(ps, rows, plan, true, DRAWS).toDoubleArray();
    assertArrayEquals(
        evaluated, experts.forward(ps, rows, plan, false, Seed.of(6)).toDoubleArray());
    assertFalse(Arrays.equals(evaluated, trained));
    assertArrayEquals(trained, experts.forward(ps, rows, plan, true, DRAWS).toDoubleArray());
  }

  @Test
  void anIdleExpertHasAZeroGradient() {
    Experts experts =
        experts(new FeedForwardExperts.Spec(HIDDEN, Activation.SWIGLU, true, 0), DataType.FLOAT64);
    GroupedPlan plan = grouped(DataType.FLOAT64);
    NDArray x = Tensors.random(scope.manager(), 7, CHOICES.length, DIM); // (T, D)
    ParameterStore ps = new ParameterStore(scope.manager(), false);
    List<NDArray> values =
        experts.getParameters().values().stream().map(Parameter::getArray).toList();
    values.forEach(value -> value.setRequiresGradient(true));
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray y = experts.forward(ps, plan.dispatch(x), plan, true, DRAWS); // (N, D)
      collector.backward(y.mul(y).sum());
    }
    for (NDArray value : values) {
      NDArray gradient = value.getGradient(); // (E, ..)
      assertEquals(value.getShape(), gradient.getShape());
      assertEquals(Set.of(0.0), numbers(gradient.get(2)), "idle");
      assertFalse(numbers(gradient.get(1)).equals(Set.of(0.0)), "busy");
      gradient.close();
    }
  }

  private static Set<Double> numbers(NDArray array) {
    return Set.copyOf(
        Arrays.stream(array.toDoubleArray()).map(Math::abs).boxed().distinct().toList());
  }

  @ParameterizedTest
  @MethodSource("forms")
  void countsItsParameters(Activation activation, boolean bias) {
    FeedForwardExperts.Spec spec = new FeedForwardExperts.Spec(HIDDEN, activation, bias, 0);
    assertEquals(
        spec.parametersPerExpert(DIM) * EXPERTS, Blocks.count(experts(spec, DataType.FLOAT32)));
  }

  @Test
  void unroutedTokens() {
    Experts experts = experts(FeedForwardExperts.Spec.swiglu(HIDDEN), DataType.FLOAT64);
    NDArray unrouted = Tensors.of(scope.manager(), new int[][] {{-1}, {-1}}); // (T, K)
    NDArray ones = scope.manager().ones(new Shape(2, 1), DataType.FLOAT64); // (T, K)
    NDArray x = Tensors.random(scope.manager(), 7, 2, DIM); // (T, D)
    NDArray y = through(experts, GroupedPlan.of(unrouted, ones, EXPERTS), x);
    assertArrayEquals(new double[2 * DIM], Ops.scale(y, 1).toDoubleArray());
  }

  @Test
  void badSettingsAreRejected() {
    assertEquals("hidden must be at least 1, not 0", errorOf(0, 0));
    assertEquals("dropout must be at least 0 and below 1, not 1.0", errorOf(1, 1));
    assertEquals("dropout must be at least 0 and below 1, not NaN", errorOf(1, Double.NaN));
  }

  private static String errorOf(int hidden, double dropout) {
    return Errors.message(
        IllegalArgumentException.class,
        () -> new FeedForwardExperts.Spec(hidden, Activation.RELU, false, dropout));
  }
}
