package org.jmoe.routing.biased;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import org.jmoe.tensor.Ops;

/** How loss-free balancing moves an expert's bias, from exact counts, once an optimizer step. */
public enum BiasUpdate {
  /**
   * {@code b += u sign(mean(c) - c)} (Wang et al. 2024, algorithm 1; Megatron-LM {@code
   * get_updated_expert_bias}); the sign of 0 is 0.
   */
  SIGN {
    @Override
    public NDArray step(NDArray counts, double rate) {
      return direction(counts, rate);
    }
  },
  /** As {@link #SIGN}, less the mean of the step over the experts (torchtitan). */
  CENTRED_SIGN {
    @Override
    public NDArray step(NDArray counts, double rate) {
      NDArray step = direction(counts, rate); // (E)
      return step.sub(step.mean());
    }
  };

  /**
   * What to add to the bias.
   *
   * @param counts (E) of int64, tokens that chose each expert in the whole step
   * @return (E) of float64
   */
  public abstract NDArray step(NDArray counts, double rate);

  /** Compares E c_e with the sum of c, in integers that float64 holds exactly. */
  private static NDArray direction(NDArray counts, double rate) {
    NDArray c = Ops.cast(counts, DataType.FLOAT64); // (E)
    NDArray above = Ops.scale(c, (double) counts.size()).sub(c.sum()); // (E)
    return Ops.scale(above.sign(), -rate);
  }
}
