package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.jmoe.block.ShapedBlock;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.tensor.Seed;

/**
 * What computes: E functions of width D to D. They may work in another width L, which they enter
 * before tokens are dispatched and leave after outputs are combined, so that rows of width L are
 * all that moves; L is D unless {@link #enter} and {@link #leave} are overridden.
 */
public abstract class Experts extends ShapedBlock {
  /** Creates experts named by their seed. */
  protected Experts(Seed seed) {
    super(seed);
  }

  /**
   * What the experts see of the tokens, row by row.
   *
   * @param tokens (T, D), not yet dispatched
   * @return (T, L)
   */
  public NDArray enter(ParameterStore ps, NDArray tokens, boolean training) {
    return tokens;
  }

  /**
   * Computes every expert on its rows.
   *
   * @param rows what the plan dispatched: (N, L) sorted by expert, or (E, C, L)
   * @param plan says which rows belong to which expert
   * @param training whether dropout applies
   * @param draws the randomness of this call
   * @return as rows
   */
  public abstract NDArray forward(
      ParameterStore ps, NDArray rows, DispatchPlan plan, boolean training, Seed draws);

  /**
   * The way back, row by row. A linear map without a bias, so that the weighted sum of outputs may
   * come before it, as in a layer, or after it, as where outputs are taken apart.
   *
   * @param outputs (.., L), combined or not
   * @return (.., D)
   */
  public NDArray leave(ParameterStore ps, NDArray outputs, boolean training) {
    return outputs;
  }

  /** Experts need a plan: only an {@link MoeLayer} calls them. */
  @Override
  protected final NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    throw new UnsupportedOperationException(
        path() + ": experts compute what a router dispatched; put them into an MoeLayer");
  }
}
