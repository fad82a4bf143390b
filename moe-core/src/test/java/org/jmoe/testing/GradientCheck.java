package org.jmoe.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jmoe.tensor.NoGrad;

/**
 * Compares autograd with central differences in float64. The result of a function may have any
 * shape; it is reduced to a weighted sum with fixed weights.
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

  /** As {@link #assertCorrect} for x and all parameters of an initialised float64 block. */
  public static void assertCorrect(
      Block block, BiFunction<ParameterStore, NDArray, NDArray> function, NDArray x) {
    List<Parameter> parameters = block.getParameters().values();
    NDArray[] inputs = new NDArray[parameters.size() + 1];
    inputs[0] = x;
    for (int i = 1; i < inputs.length; i++) {
      inputs[i] = parameters.get(i - 1).getArray();
    }
    assertCorrect(
        given -> function.apply(new GivenParameters(x.getManager(), parameters, given), given[0]),
        inputs);
  }

  /** Returns the largest error, relative for gradients above 1. */
  public static double worst(Function<NDArray[], NDArray> function, NDArray... inputs) {
    List<double[]> values = new ArrayList<>();
    for (NDArray input : inputs) {
      values.add(input.toDoubleArray());
    }
    List<double[]> gradients = gradients(function, inputs, values);
    double worst = 0;
    for (int i = 0; i < inputs.length; i++) {
      int size = values.get(i).length;
      int stride = 1 + (size - 1) / MAX_ELEMENTS;
      for (int j = i % stride; j < size; j += stride) {
        double slope = slope(function, inputs, values, i, j);
        double found = gradients.get(i)[j];
        double error = Math.abs(found - slope) / Math.max(1, Math.abs(slope));
        // Not Math.max: comparisons with NaN are always false.
        worst = error <= worst ? worst : error;
      }
    }
    return Double.isNaN(worst) ? Double.POSITIVE_INFINITY : worst;
  }

  /** Returns the gradients computed by autograd. */
  public static List<double[]> gradients(Function<NDArray[], NDArray> function, NDArray... inputs) {
    List<double[]> values = new ArrayList<>();
    for (NDArray input : inputs) {
      values.add(input.toDoubleArray());
    }
    return gradients(function, inputs, values);
  }

  private static List<double[]> gradients(
      Function<NDArray[], NDArray> function, NDArray[] inputs, List<double[]> values) {
    try (NDManager manager = inputs[0].getManager().newSubManager();
        GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray[] given = copies(manager, inputs, values);
      for (NDArray array : given) {
        array.setRequiresGradient(true);
      }
      collector.backward(weightedSum(function.apply(given)));
      List<double[]> gradients = new ArrayList<>();
      for (NDArray array : given) {
        // An empty array, which means none, may have no gradient.
        gradients.add(array.isEmpty() ? new double[0] : array.getGradient().toDoubleArray());
      }
      return gradients;
    }
  }

  private static double slope(
      Function<NDArray[], NDArray> function,
      NDArray[] inputs,
      List<double[]> values,
      int input,
      int number) {
    double[] row = values.get(input);
    double kept = row[number];
    row[number] = kept + STEP;
    double above = value(function, inputs, values);
    row[number] = kept - STEP;
    double below = value(function, inputs, values);
    row[number] = kept;
    return (above - below) / (2 * STEP);
  }

  private static double value(
      Function<NDArray[], NDArray> function, NDArray[] inputs, List<double[]> values) {
    try (NDManager manager = inputs[0].getManager().newSubManager()) {
      return NoGrad.get(
          () -> weightedSum(function.apply(copies(manager, inputs, values))).getDouble());
    }
  }

  private static NDArray[] copies(NDManager manager, NDArray[] inputs, List<double[]> values) {
    NDArray[] copies = new NDArray[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      copies[i] = manager.create(values.get(i), inputs[i].getShape());
    }
    return copies;
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
