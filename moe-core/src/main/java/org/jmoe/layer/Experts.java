package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.tensor.Seed;
import org.jmoe.tensor.ShapedBlock;

/** What computes: E functions of width D to D. */
public abstract class Experts extends ShapedBlock {
  /** Creates experts named by their seed. */
  protected Experts(Seed seed) {
    super(seed);
  }

  /**
   * Computes every expert on its rows.
   *
   * @param rows what the plan dispatched: (N, D) sorted by expert, or (E, C, D)
   * @param plan says which rows belong to which expert
   * @param training whether dropout applies
   * @param draws the randomness of this call
   * @return as rows
   */
  public abstract NDArray forward(
      ParameterStore ps, NDArray rows, DispatchPlan plan, boolean training, Seed draws);

  /** Experts need a plan: only an {@link MoeLayer} calls them. */
  @Override
  protected final NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    throw new UnsupportedOperationException(
        path() + ": experts compute what a router dispatched; put them into an MoeLayer");
  }
}
