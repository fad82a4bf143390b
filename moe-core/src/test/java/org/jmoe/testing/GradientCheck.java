package org.jmoe.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jmoe.tensor.FusedUpdates;
import org.jmoe.tensor.Gradients;
import org.jmoe.tensor.NoGrad;

/**
 * Compares autograd with central differences in float64. The result of a function may have any
 * shape; it is reduced to a weighted sum with fixed weights. Inputs are perturbed in place and
 * restored, so that parameters may be read in any way.
 */
public final class GradientCheck {
  private static final double STEP = 1e-5;

  /** Truncation and rounding errors of correct gradients stay below this. */
  private static final double TOLERANCE = 1e-6;

  /** Maximum number of elements perturbed per input, evenly spaced. */
  private static final int MAX_ELEMENTS = 20;

  private GradientCheck() {}

  /** Asserts that the gradients of all float64 inputs are correct. */
  public static void assertCorrect(Function<NDArray[], NDArray> function, NDArray... inputs) {
    double worst = worst(function, inputs);
    assertTrue(worst < TOLERANCE, () -> "largest relative error of the gradient: " + worst);
  }

  /** As {@link #assertCorrect} for x and all trained parameters of an initialised float64 block. */
  public static void assertCorrect(
      Block block, BiFunction<ParameterStore, NDArray, NDArray> function, NDArray x) {
    assertCorrect(given -> function.apply(store(x), x), inputs(block, x));
  }

  /** Returns the gradients of x, then of each trained parameter of a block. */
  public static List<double[]> gradients(
      Block block, BiFunction<ParameterStore, NDArray, NDArray> function, NDArray x) {
    return gradients(given -> function.apply(store(x), x), inputs(block, x));
  }

  private static ParameterStore store(NDArray x) {
    return new ParameterStore(x.getManager(), false);
  }

  private static NDArray[] inputs(Block block, NDArray x) {
    Stream<NDArray> trained =
        block.getParameters().values().stream()
            .filter(Parameter::requiresGradient)
            .map(Parameter::getArray);
    return Stream.concat(Stream.of(x), trained).toArray(NDArray[]::new);
  }

  /** Returns the largest error, relative for gradients above 1. */
  public static double worst(Function<NDArray[], NDArray> function, NDArray... inputs) {
    List<double[]> gradients = gradients(function, inputs);
    double worst = 0;
    for (int i = 0; i < inputs.length; i++) {
      double[] values = inputs[i].toDoubleArray();
      int stride = 1 + (values.length - 1) / MAX_ELEMENTS;
      for (int j = i % stride; j < values.length; j += stride) {
        double[] moved = values.clone();
        moved[j] = values[j] + STEP;
        double above = value(function, inputs, i, moved);
        moved[j] = values[j] - STEP;
        double below = value(function, inputs, i, moved);
        double slope = (above - below) / (2 * STEP);
        double error = Math.abs(gradients.get(i)[j] - slope) / Math.max(1, Math.abs(slope));
        // Not Math.max: comparisons with NaN are always false.
        worst = error <= worst ? worst : error;
      }
      set(inputs[i], values);
    }
    return Double.isNaN(worst) ? Double.POSITIVE_INFINITY : worst;
  }

  /** Returns the gradients computed by autograd, as training does; zeros for unused inputs. */
  public static List<double[]> gradients(Function<NDArray[], NDArray> function, NDArray... inputs) {
    boolean[] required = new boolean[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      required[i] = inputs[i].hasGradient();
      inputs[i].setRequiresGradient(true);
    }
    try {
      return within(inputs, scope -> gradients(function, inputs, scope));
    } finally {
      for (int i = 0; i < inputs.length; i++) {
        inputs[i].setRequiresGradient(required[i]);
      }
    }
  }

  private static List<double[]> gradients(
      Function<NDArray[], NDArray> function, NDArray[] inputs, NDManager scope) {
    NDArray sum = Gradients.recording(() -> weightedSum(function.apply(inputs))); // ()
    boolean constant = Gradients.requiringGrad(List.of(sum)).isEmpty();
    List<NDArray> found = constant ? List.of() : Gradients.of(scope, sum, Arrays.asList(inputs));
    List<double[]> gradients = new ArrayList<>();
    for (int i = 0; i < inputs.length; i++) {
      boolean zero = constant || inputs[i].isEmpty();
      gradients.add(
          zero ? new double[Math.toIntExact(inputs[i].size())] : found.get(i).toDoubleArray());
    }
    return gradients;
  }

  /** Returns the weighted sum after setting one input. */
  private static double value(
      Function<NDArray[], NDArray> function, NDArray[] inputs, int input, double[] values) {
    set(inputs[input], values);
    return within(
        inputs, scope -> NoGrad.get(() -> weightedSum(function.apply(inputs)).getDouble()));
  }

  private static void set(NDArray input, double[] values) {
    try (NDManager scope = input.getManager().newSubManager()) {
      NDArray source = scope.create(values, input.getShape());
      NoGrad.run(() -> FusedUpdates.copyAll(List.of(input), List.of(source)));
    }
  }

  /** Runs work whose arrays belong to a scope, even those computed from an input first. */
  private static <T> T within(NDArray[] inputs, Function<NDManager, T> work) {
    NDManager[] owners = Arrays.stream(inputs).map(NDArray::getManager).toArray(NDManager[]::new);
    try (NDManager scope = owners[0].newSubManager()) {
      try {
        for (NDArray input : inputs) {
          input.attach(scope);
        }
        return work.apply(scope);
      } finally {
        for (int i = 0; i < inputs.length; i++) {
          inputs[i].attach(owners[i]);
        }
      }
    }
  }

  /** Sums with distinct weights, so that errors cannot cancel. */
  private static NDArray weightedSum(NDArray result) {
    double[] weights = new double[Math.toIntExact(result.size())];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = Math.cos(1 + i);
    }
    return result.mul(result.getManager().create(weights, result.getShape())).sum();
  }
}
