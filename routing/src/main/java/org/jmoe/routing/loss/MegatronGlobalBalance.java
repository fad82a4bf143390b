package org.jmoe.routing.loss;

import ai.djl.ndarray.NDArray;
import com.google.common.primitives.ImmutableLongArray;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.tensor.Ops;

/**
 * Megatron-LM's balance loss over the global batch ({@code global_aux_loss}): as {@link
 * MegatronBalance}, with the counts averaged over the micro-batches so far and the probabilities of
 * the present one.
 *
 * @param earlier counts of each expert in the earlier micro-batches of this step, summed; empty for
 *     none
 * @param microBatches how many earlier ones there were
 */
public record MegatronGlobalBalance(ImmutableLongArray earlier, int microBatches)
    implements AuxLoss {
  /** In the first micro-batch. */
  public MegatronGlobalBalance() {
    this(ImmutableLongArray.of(), 0);
  }

  @Override
  public NDArray of(RoutingSignals signals) {
    if (signals.balanced()) {
      return Sums.zero(signals);
    }
    NDArray probs = signals.probs(); // (T, E)
    NDArray mass = Sums.mass(Sums.real(probs, signals), 1); // (1, E)
    NDArray counts = MegatronBalance.counts(signals, probs, 1); // (1, E)
    if (!earlier.isEmpty()) {
      NDArray before = probs.getManager().create(earlier.toArray()); // (E)
      counts = counts.add(Ops.cast(before, probs.getDataType()).expandDims(0));
    }
    NDArray mean = Ops.scale(counts, 1.0 / (microBatches + 1)); // (1, E)
    double k = signals.choices().getShape().get(1);
    double tokens = Ops.sum(mean) / k;
    return Sums.product(mass, mean, signals.experts() / k * Sums.inverseSquare(tokens));
  }
}
