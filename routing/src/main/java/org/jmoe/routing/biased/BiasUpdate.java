package org.jmoe.routing.biased;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import org.jmoe.tensor.Ops;

/** Bias updates of loss-free balancing, from exact counts, once per optimizer step. */
public enum BiasUpdate {
  /**
   * {@code b += u sign(mean(c) - c)} (Wang et al. 2024, algorithm 1; Megatron-LM {@code
   * get_updated_expert_bias}); sign(0) = 0.
   */
  SIGN {
    @Override
    public NDArray step(NDArray counts, double rate) {
      return direction(counts, rate);
    }
  },
  /** As {@link #SIGN}, minus the mean of the step over experts (torchtitan). */
  CENTRED_SIGN {
    @Override
    public NDArray step(NDArray counts, double rate) {
      NDArray step = direction(counts, rate); // (E)
      return step.sub(step.mean());
    }
  };

  /**
   * Returns the update of the bias.
   *
   * @param counts (E) of int64, tokens that chose each expert in the optimizer step
   * @return (E) of float64
   */
  public abstract NDArray step(NDArray counts, double rate);

  /** Compares E c_e with the sum of c; integers are exact in float64. */
  private static NDArray direction(NDArray counts, double rate) {
    NDArray c = Ops.cast(counts, DataType.FLOAT64); // (E)
    NDArray above = Ops.scale(c, (double) counts.size()).sub(c.sum()); // (E)
    return Ops.scale(above.sign(), -rate);
  }
}
