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
 * Compares autograd with central differences in float64. A function's result may have any shape: it
 * is weighted with fixed numbers and summed.
 */
public final class GradientCheck {
  private static final double STEP = 1e-5;

  /** Truncation and rounding of the differences stay below this where the gradient is right. */
  private static final double TOLERANCE = 1e-6;

  /** Numbers of one input that are moved; of more, these many at even distances. */
  private static final int MOST = 20;

  private GradientCheck() {}

  /** Fails unless the gradient of every float64 input is right. */
  public static void assertRight(Function<NDArray[], NDArray> function, NDArray... inputs) {
    double worst = worst(function, inputs);
    assertTrue(worst < TOLERANCE, () -> "worst relative error of the gradient: " + worst);
  }

  /** As {@link #assertRight} for x and all parameters of an initialised float64 block. */
  public static void assertRight(
      Block block, BiFunction<ParameterStore, NDArray, NDArray> function, NDArray x) {
    List<Parameter> parameters = block.getParameters().values();
    NDArray[] inputs = new NDArray[parameters.size() + 1];
    inputs[0] = x;
    for (int i = 1; i < inputs.length; i++) {
      inputs[i] = parameters.get(i - 1).getArray();
    }
    assertRight(
        given -> function.apply(new GivenParameters(x.getManager(), parameters, given), given[0]),
        inputs);
  }

  /** The largest difference, relative to gradients above 1. */
  public static double worst(Function<NDArray[], NDArray> function, NDArray... inputs) {
    List<double[]> values = new ArrayList<>();
    for (NDArray input : inputs) {
      values.add(input.toDoubleArray());
    }
    List<double[]> gradients = gradients(function, inputs, values);
    double worst = 0;
    for (int i = 0; i < inputs.length; i++) {
      int size = values.get(i).length;
      int stride = 1 + (size - 1) / MOST;
      for (int j = i % stride; j < size; j += stride) {
        double slope = slope(function, inputs, values, i, j);
        double found = gradients.get(i)[j];
        double error = Math.abs(found - slope) / Math.max(1, Math.abs(slope));
        // Not Math.max, for which no comparison finds a NaN.
        worst = error <= worst ? worst : error;
      }
    }
    return Double.isNaN(worst) ? Double.POSITIVE_INFINITY : worst;
  }

  /** What autograd gives. */
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
        // An array of no numbers, which stands for none, may have no gradient at all.
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

  /** Weights that differ, so that an error in one number cannot hide behind another's. */
  private static NDArray weightedSum(NDArray result) {
    double[] weights = new double[Math.toIntExact(result.size())];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = Math.cos(1 + i);
    }
    return result.mul(result.getManager().create(weights, result.getShape())).sum();
  }
}
