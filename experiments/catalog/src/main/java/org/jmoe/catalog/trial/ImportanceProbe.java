package org.jmoe.catalog.trial;

import ai.djl.ndarray.types.DataType;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jmoe.catalog.engine.Probe;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;

/**
 * Coefficient of variation of the experts' importance, the sum of their gates over all tokens
 * (Shazeer et al. 2017, equation 6), averaged over layers.
 */
public final class ImportanceProbe implements Probe {
  /** Measure: coefficient of variation of the importance. */
  public static final String CV = "cvImportance";

  private final Map<String, double[]> sums = new LinkedHashMap<>(); // (E) per layer

  @Override
  public void see(Map<String, RoutingSignals> layers) {
    layers.forEach(
        (layer, signals) -> {
          double[] sum = sums.computeIfAbsent(layer, l -> new double[signals.experts()]);
          long[] choices = signals.choices().toLongArray(); // (T K)
          double[] weights = Ops.cast(signals.weights(), DataType.FLOAT64).toDoubleArray(); // (T K)
          for (int i = 0; i < choices.length; i++) {
            if (choices[i] >= 0) {
              sum[(int) choices[i]] += weights[i];
            }
          }
        });
  }

  @Override
  public Map<String, Double> measures() {
    return Map.of(
        CV, sums.values().stream().mapToDouble(ImportanceProbe::variation).average().orElse(0));
  }

  /** Population standard deviation over mean. */
  static double variation(double[] values) {
    double mean = 0;
    double square = 0;
    for (double value : values) {
      mean += value / values.length;
    }
    for (double value : values) {
      square += (value - mean) * (value - mean) / values.length;
    }
    return mean == 0 ? 0 : Math.sqrt(square) / mean;
  }
}
