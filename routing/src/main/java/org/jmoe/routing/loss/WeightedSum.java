package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import java.util.Map;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.layer.StepCounts;
import org.jmoe.tensor.Ops;

/**
 * Several losses as one, {@code sum_i w_i L_i}, such as the importance and load losses of Shazeer
 * et al. 2017, or Tutel's {@code (L_importance + L_load) / 2}.
 *
 * @param first loss
 * @param firstWeight its coefficient
 * @param second loss
 * @param secondWeight its coefficient
 */
public record WeightedSum(AuxLoss first, double firstWeight, AuxLoss second, double secondWeight)
    implements AuxLoss {
  @Override
  public NDArray of(RoutingSignals signals) {
    return Ops.scale(first.of(signals), firstWeight)
        .add(Ops.scale(second.of(signals), secondWeight));
  }

  @Override
  public NDArray ofStep(Map<String, RoutingSignals> layers, StepCounts step) {
    return layers.entrySet().stream()
        .map(layer -> Map.of(layer.getKey(), layer.getValue()))
        .map(
            layer ->
                Ops.scale(first.ofStep(layer, step), firstWeight)
                    .add(Ops.scale(second.ofStep(layer, step), secondWeight)))
        .reduce(NDArray::add)
        .orElseThrow();
  }

  @Override
  public double relative(double value, RoutingSignals signals) {
    return 1 + value;
  }
}
