package org.jmoe.app.examples;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import org.jmoe.layer.Experts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.RecordingStore;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.ExpertOps;
import org.jmoe.tensor.FeedForwardWeights;
import org.jmoe.tensor.Seed;

/** Experts with tied input and output weights: {@code relu(x W) W^T}. */
public final class TiedExperts extends Experts {
  /** Settings of the experts. */
  public record Spec(int hidden) implements ExpertsSpec {
    @Override
    public Experts build(int dim, int experts, Seed seed) {
      return new TiedExperts(hidden, dim, experts, seed);
    }

    @Override
    public long parametersPerExpert(int dim) {
      return (long) dim * hidden;
    }
  }

  private final Parameter weights; // (E, D, H)

  private TiedExperts(int hidden, int dim, int experts, Seed seed) {
    super(seed);
    weights = weight("weights", new Shape(experts, dim, hidden), 1 / Math.sqrt(dim));
  }

  @Override
  public NDArray forward(
      ParameterStore ps, NDArray rows, DispatchPlan plan, boolean training, Seed draws) {
    NDArray in = value(ps, weights, rows, training); // (E, D, H)
    NDArray out = in.transpose(0, 2, 1); // (E, H, D)
    NDArray none = rows.getManager().zeros(new Shape(plan.experts(), 0)); // no bias
    FeedForwardWeights both =
        FeedForwardWeights.of(Activation.RELU, in, none, out, none)
            .withPrecision(RecordingStore.precision(ps));
    return plan instanceof GroupedPlan grouped
        ? ExpertOps.groupedExperts(rows, grouped.counts(), both) // (N, D)
        : ExpertOps.paddedExperts(rows, both); // (E, C, D)
  }
}
