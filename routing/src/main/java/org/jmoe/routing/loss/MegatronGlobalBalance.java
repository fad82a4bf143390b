package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Map;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.layer.StepCounts;
import org.jmoe.routing.preset.LossPreset;
import org.jmoe.tensor.Ops;

/**
 * Megatron-LM's balance loss over the global batch ({@code global_aux_loss}): as {@link
 * MegatronBalance}, with counts averaged over the micro-batches of the optimizer step so far, and
 * probabilities of the current one. Micro-batches of replicas are ordered by index, as if computed
 * by one model. Outside of a training step, a batch is on its own.
 */
public record MegatronGlobalBalance() implements AuxLoss {
  /** The published forms of this loss. */
  public static final ImmutableList<LossPreset> PRESETS =
      ImmutableList.of(
          LossPreset.of(
              "megatron-global", new MegatronGlobalBalance(), "global-aux", "megatron-global-aux"));

  @Override
  public NDArray of(RoutingSignals signals) {
    return of("", signals, StepCounts.alone());
  }

  @Override
  public NDArray ofStep(Map<String, RoutingSignals> layers, StepCounts step) {
    return layers.entrySet().stream()
        .map(layer -> of(layer.getKey(), layer.getValue(), step))
        .reduce(NDArray::add)
        .orElseThrow();
  }

  private static NDArray of(String layer, RoutingSignals signals, StepCounts step) {
    if (signals.balanced()) {
      return Sums.zero(signals);
    }
    NDArray probs = signals.probs(); // (T, E)
    NDArray mass = Sums.mass(Sums.real(probs, signals), 1); // (1, E)
    long[] counted = MegatronBalance.topCounts(signals, probs, 1).toLongArray(); // (E)
    StepCounts.Earlier earlier = step.exchange(layer, ImmutableLongArray.copyOf(counted));
    for (int e = 0; e < earlier.counts().length(); e++) {
      counted[e] += earlier.counts().get(e);
    }
    NDArray counts = Ops.cast(probs.getManager().create(counted), probs.getDataType()); // (E)
    NDArray mean = // (1, E)
        Ops.scale(counts.expandDims(0), 1.0 / (earlier.microBatches() + 1));
    double k = signals.choices().getShape().get(1);
    double tokens = Ops.sum(mean) / k;
    return Sums.product(mass, mean, signals.experts() / k * Sums.inverseSquare(tokens));
  }
}
