package org.jmoe.testing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import org.jmoe.layer.Experts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.ExpertOps;
import org.jmoe.tensor.FeedForwardWeights;
import org.jmoe.tensor.Seed;

/** Feed-forward experts with random biases, for tests of the layer. */
public final class PlainExperts extends Experts {
  /**
   * Settings.
   *
   * @param bias whether there are biases
   */
  public record Spec(int hidden, Activation activation, boolean bias) implements ExpertsSpec {
    @Override
    public Experts build(int dim, int experts, Seed seed) {
      return new PlainExperts(this, dim, experts, seed);
    }

    @Override
    public long parametersPerExpert(int dim) {
      int columns = activation.columns(hidden);
      return (long) dim * (columns + hidden) + (bias ? columns + dim : 0);
    }
  }

  private final Activation activation;
  private final Parameter in; // (E, D, H)
  private final Parameter inBias; // (E, H)
  private final Parameter out; // (E, H, D)
  private final Parameter outBias; // (E, D)

  private PlainExperts(Spec spec, int dim, int experts, Seed seed) {
    super(seed);
    activation = spec.activation();
    int columns = activation.columns(spec.hidden());
    in = weight("in", new Shape(experts, dim, columns), 0.5);
    inBias = weight("in_bias", new Shape(experts, spec.bias() ? columns : 0), 0.5);
    out = weight("out", new Shape(experts, spec.hidden(), dim), 0.5);
    outBias = weight("out_bias", new Shape(experts, spec.bias() ? dim : 0), 0.5);
  }

  @Override
  public NDArray forward(
      ParameterStore ps, NDArray rows, DispatchPlan plan, boolean training, Seed draws) {
    FeedForwardWeights weights =
        FeedForwardWeights.of(
            activation,
            value(ps, in, rows, training),
            value(ps, inBias, rows, training),
            value(ps, out, rows, training),
            value(ps, outBias, rows, training));
    return plan instanceof GroupedPlan grouped
        ? ExpertOps.groupedExperts(rows, grouped.counts(), weights) // (N, D)
        : ExpertOps.paddedExperts(rows, weights); // (E, C, D)
  }
}
