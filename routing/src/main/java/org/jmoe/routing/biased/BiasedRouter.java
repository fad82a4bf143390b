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
 * A router whose choice, and nothing else, sees a bias that balances the load without a loss (Wang
 * et al. 2024, auxiliary-loss-free balancing). The bias is a parameter without gradient.
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

  /** The scores (T, E) plus the bias, which no gradient passes. */
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
   * What an optimizer step adds to the bias.
   *
   * @param counts (E) of int64, tokens that chose each expert in the whole step
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
