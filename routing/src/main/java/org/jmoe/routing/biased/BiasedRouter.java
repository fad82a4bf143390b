package org.jmoe.routing.biased;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import org.jmoe.layer.Adaptive;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.layer.ScoringRouter;
import org.jmoe.tensor.Seed;

/**
 * A router with a selection bias, which affects only the choice and balances the load without a
 * loss (Wang et al. 2024, auxiliary-loss-free balancing). The bias has no gradient.
 */
abstract class BiasedRouter extends ScoringRouter implements Adaptive {
  private final BiasUpdate update;
  private final double rate;
  private final Parameter bias; // (E)

  BiasedRouter(int dim, int experts, Seed seed, BiasUpdate update, double rate) {
    super(dim, experts, seed);
    this.update = update;
    this.rate = rate;
    bias = state("bias", new Shape(experts));
  }

  /** Returns the scores (T, E) plus the bias, without gradient. */
  final NDArray biased(ParameterStore ps, NDArray scores, boolean training) {
    NDArray value = castValue(ps, bias, scores, training); // (E)
    return scores.stopGradient().add(value);
  }

  @Override
  public final NDArray observe(RoutingSignals signals) {
    return signals.counts();
  }

  @Override
  public final void adapt(NDArray total, int microBatches) {
    BiasState.add(bias, step(total));
  }

  /**
   * Returns the update of the bias in an optimizer step.
   *
   * @param counts (E) of int64, tokens that chose each expert in the optimizer step
   * @return (E) of float64
   */
  NDArray step(NDArray counts) {
    return update.step(counts, rate);
  }

  static void requireRate(double rate) {
    Preconditions.checkArgument(
        Double.isFinite(rate) && rate >= 0, "updateRate must be at least 0, not %s", rate);
  }
}
