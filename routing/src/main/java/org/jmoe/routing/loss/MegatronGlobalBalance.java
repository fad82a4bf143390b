package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Map;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.layer.StepCounts;
import org.jmoe.tensor.Ops;

/**
 * Megatron-LM's balance loss over the global batch ({@code global_aux_loss}): as {@link
 * MegatronBalance}, with the counts averaged over the micro-batches of the optimizer step so far,
 * and the probabilities of the present one. Micro-batches of replicas follow one another by number,
 * as if one model computed them all. Outside of a training step a batch stands alone.
 */
public record MegatronGlobalBalance() implements AuxLoss {
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
    long[] own = MegatronBalance.topCounts(signals, probs, 1).toLongArray(); // (E)
    StepCounts.Earlier earlier = step.exchange(layer, ImmutableLongArray.copyOf(own));
    for (int e = 0; e < earlier.counts().length(); e++) {
      own[e] += earlier.counts().get(e);
    }
    NDArray counts = Ops.cast(probs.getManager().create(own), probs.getDataType()); // (E)
    NDArray mean = // (1, E)
        Ops.scale(counts.expandDims(0), 1.0 / (earlier.microBatches() + 1));
    double k = signals.choices().getShape().get(1);
    double tokens = Ops.sum(mean) / k;
    return Sums.product(mass, mean, signals.experts() / k * Sums.inverseSquare(tokens));
  }
}
