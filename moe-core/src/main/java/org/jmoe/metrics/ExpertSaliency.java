package org.jmoe.metrics;

import ai.djl.ndarray.NDArray;
import com.google.common.primitives.ImmutableDoubleArray;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jmoe.layer.LayerPass;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.plan.SlotPlan;
import org.jmoe.tensor.RoutingOps;

/**
 * Contribution of each expert of a layer to its tokens.
 *
 * @param weighted (E) sum over its tokens of the routing weight times the 2-norm of the output
 * @param served (E) number of its tokens
 */
public record ExpertSaliency(ImmutableDoubleArray weighted, ImmutableDoubleArray served) {
  /** Measures one pass; empty for soft plans, in which tokens are not assigned to experts. */
  public static Optional<ExpertSaliency> of(LayerPass pass) {
    DispatchPlan plan = pass.routing().plan();
    if (plan instanceof GroupedPlan grouped) {
      return Optional.of(of(pass, grouped.rowOfChoice(), grouped.weights()));
    }
    if (plan instanceof SlotPlan slots) {
      return Optional.of(of(pass, slots.slotOfChoice(), slots.weights()));
    }
    return Optional.empty();
  }

  private static ExpertSaliency of(LayerPass pass, NDArray at, NDArray weights) {
    int experts = pass.routing().plan().experts();
    NDArray choices = pass.routing().signals().choices(); // (T, K)
    ImmutableDoubleArray sums =
        ImmutableDoubleArray.copyOf(
            RoutingOps.saliency(pass.outputs(), at, weights, choices, experts)
                .toDoubleArray()); // (2, E)
    return new ExpertSaliency(sums.subArray(0, experts), sums.subArray(experts, 2 * experts));
  }

  /** Returns the sums over both batches. */
  public ExpertSaliency plus(ExpertSaliency other) {
    return new ExpertSaliency(sum(weighted, other.weighted), sum(served, other.served));
  }

  private static ImmutableDoubleArray sum(ImmutableDoubleArray a, ImmutableDoubleArray b) {
    return ImmutableDoubleArray.copyOf(
        IntStream.range(0, a.length()).mapToDouble(e -> a.get(e) + b.get(e)));
  }

  /** Returns the mean over the tokens of each expert (E); 0 for an expert without tokens. */
  public ImmutableDoubleArray mean() {
    return ImmutableDoubleArray.copyOf(
        IntStream.range(0, weighted.length())
            .mapToDouble(e -> weighted.get(e) / Math.max(1, served.get(e))));
  }
}
