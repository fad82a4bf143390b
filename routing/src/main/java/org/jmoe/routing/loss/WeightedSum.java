package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import java.util.Collection;
import java.util.Map;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.layer.StepCounts;
import org.jmoe.routing.preset.LossPreset;
import org.jmoe.tensor.Ops;

/**
 * A weighted sum of two losses, such as the importance and load losses of Shazeer et al. 2017, or
 * Tutel's {@code (L_importance + L_load) / 2}.
 *
 * @param first loss
 * @param firstWeight coefficient of the first loss
 * @param second loss
 * @param secondWeight coefficient of the second loss
 */
public record WeightedSum(AuxLoss first, double firstWeight, AuxLoss second, double secondWeight)
    implements AuxLoss {
  /** The published sums of losses. */
  public static final ImmutableList<LossPreset> PRESETS =
      ImmutableList.of(
          LossPreset.of("shazeer", new WeightedSum(new Importance(), 1, new Load(), 1)),
          LossPreset.of(
              "vmoe",
              new WeightedSum(
                  new Importance(VariationForm.VMOE, false),
                  0.5,
                  new Load(LoadEstimate.VMOE, VariationForm.VMOE),
                  0.5)),
          LossPreset.of(
              "tutel",
              new WeightedSum(
                  new Importance(VariationForm.UNBIASED, false),
                  0.5,
                  new Load(LoadEstimate.TUTEL, VariationForm.UNBIASED),
                  0.5)));

  @Override
  public NDArray of(RoutingSignals signals) {
    return sum(first.of(signals), second.of(signals));
  }

  @Override
  public NDArray ofLayers(Collection<RoutingSignals> layers) {
    return sum(first.ofLayers(layers), second.ofLayers(layers));
  }

  @Override
  public NDArray ofStep(Map<String, RoutingSignals> layers, StepCounts step) {
    return sum(first.ofStep(layers, step), second.ofStep(layers, step));
  }

  @Override
  public ImmutableSet<Input> inputs() {
    return Sets.union(first.inputs(), second.inputs()).immutableCopy();
  }

  private NDArray sum(NDArray one, NDArray two) {
    return Ops.scale(one, firstWeight).add(Ops.scale(two, secondWeight));
  }

  @Override
  public double relative(double value, RoutingSignals signals) {
    return 1 + value;
  }
}
