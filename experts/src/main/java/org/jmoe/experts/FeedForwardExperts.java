package org.jmoe.experts;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import org.jmoe.layer.Experts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.RecordingStore;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.AttentionOps;
import org.jmoe.tensor.ExpertOps;
import org.jmoe.tensor.FeedForwardWeights;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * Feed-forward experts, as in transformer MoEs since GShard (Lepikhin et al. 2020): two linear
 * layers with ReLU or GELU, or gated as SwiGLU (Shazeer 2020). The weights of all experts are
 * stacked, so idle experts have a zero gradient rather than none.
 */
public final class FeedForwardExperts extends Experts {
  /**
   * Settings.
   *
   * @param hidden width H of each expert
   * @param activation between the two linear layers
   * @param bias whether both linear layers have a bias
   * @param dropout probability of dropping a hidden activation in training (expert dropout, Fedus
   *     et al. 2022, section 2.4)
   */
  public record Spec(int hidden, Activation activation, boolean bias, double dropout)
      implements ExpertsSpec {
    /** Checks width and dropout. */
    public Spec {
      Preconditions.checkArgument(hidden >= 1, "hidden must be at least 1, not %s", hidden);
      Preconditions.checkArgument(
          dropout >= 0 && dropout < 1, "dropout must be at least 0 and below 1, not %s", dropout);
    }

    /** Mixtral's experts: gated, without bias and dropout. */
    public static Spec swiglu(int hidden) {
      return new Spec(hidden, Activation.SWIGLU, false, 0);
    }

    /** Switch's experts: ReLU, without bias and dropout. */
    public static Spec relu(int hidden) {
      return new Spec(hidden, Activation.RELU, false, 0);
    }

    @Override
    public Experts build(int dim, int experts, Seed seed) {
      return new FeedForwardExperts(this, dim, experts, seed);
    }

    @Override
    public long parametersPerExpert(int dim) {
      long columns = activation.columns(hidden);
      long biases = bias ? columns + dim : 0;
      return Math.multiplyExact((long) dim, columns + hidden) + biases;
    }
  }

  private final Spec spec;
  private final Parameter in; // (E, D, H), or (E, D, 2H) gated, gate first
  private final @Nullable Parameter inBias; // (E, H), or (E, 2H) gated
  private final Parameter out; // (E, H, D)
  private final @Nullable Parameter outBias; // (E, D)

  private FeedForwardExperts(Spec spec, int dim, int experts, Seed seed) {
    super(seed);
    this.spec = spec;
    int columns = spec.activation().columns(spec.hidden());
    in = weight("in", new Shape(experts, dim, columns), 1 / Math.sqrt(dim));
    inBias = spec.bias() ? zeros("in_bias", new Shape(experts, columns)) : null;
    out = weight("out", new Shape(experts, spec.hidden(), dim), 1 / Math.sqrt(spec.hidden()));
    outBias = spec.bias() ? zeros("out_bias", new Shape(experts, dim)) : null;
  }

  @Override
  public NDArray forward(
      ParameterStore ps, NDArray rows, DispatchPlan plan, boolean training, Seed draws) {
    FeedForwardWeights weights =
        FeedForwardWeights.of(
                spec.activation(),
                value(ps, in, rows, training),
                valueOrNone(ps, inBias, rows, training, plan.experts()),
                value(ps, out, rows, training),
                valueOrNone(ps, outBias, rows, training, plan.experts()))
            .withDropout(training ? spec.dropout() : 0, draws)
            .withPrecision(RecordingStore.precision(ps))
            .withStrategy(RecordingStore.strategy(ps));
    if (plan instanceof GroupedPlan grouped) {
      return ExpertOps.groupedExperts(rows, grouped.counts(), weights); // (N, D)
    }
    return ExpertOps.paddedExperts(rows, weights); // (E, C, D)
  }

  @Override
  public NDArray firstMatrix(ParameterStore ps, NDArray activation, boolean training) {
    NDArray both = castValue(ps, in, activation, training); // (E, D, H) or (E, D, 2H)
    return AttentionOps.columns(both, 0, spec.hidden()); // (E, D, H)
  }

  /** Returns a bias, or a stack with zero columns for no bias. */
  private static NDArray valueOrNone(
      ParameterStore ps, @Nullable Parameter bias, NDArray rows, boolean training, int experts) {
    return bias == null
        ? rows.getManager().zeros(new Shape(experts, 0), rows.getDataType())
        : value(ps, bias, rows, training);
  }
}
