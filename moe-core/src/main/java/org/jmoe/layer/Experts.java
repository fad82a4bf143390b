package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.jmoe.block.ShapedBlock;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * E expert networks mapping D to D. They may compute in another width L: tokens are projected
 * before dispatch and outputs projected back after combine, so that only rows of width L are
 * dispatched. L is D unless {@link #projectIn} and {@link #projectOut} are overridden.
 */
public abstract class Experts extends ShapedBlock {
  /** Creates experts whose name is the path of the seed. */
  protected Experts(Seed seed) {
    super(seed);
  }

  /**
   * Projects tokens to the width of the experts, row by row.
   *
   * @param tokens (T, D), before dispatch
   * @return (T, L)
   */
  public NDArray projectIn(ParameterStore ps, NDArray tokens, boolean training) {
    return tokens;
  }

  /**
   * Applies each expert to its rows.
   *
   * @param rows dispatched by the plan: (N, L) sorted by expert, or (E, C, L)
   * @param plan assignment of rows to experts
   * @param training whether dropout applies
   * @param draws seed of this call
   * @return outputs in the shape of rows
   */
  public abstract NDArray forward(
      ParameterStore ps, NDArray rows, DispatchPlan plan, boolean training, Seed draws);

  /**
   * Projects outputs back, row by row. Must be linear without bias, so that it commutes with the
   * weighted sum of outputs.
   *
   * @param outputs (.., L), before or after combine
   * @return (.., D)
   */
  public NDArray projectOut(ParameterStore ps, NDArray outputs, boolean training) {
    return outputs;
  }

  /** Returns whether the experts score tokens themselves; false by default. */
  public boolean scoresTokens() {
    return false;
  }

  /**
   * Returns how strongly each expert responds to each token, for routers that go by it.
   *
   * @param tokens (T, D)
   * @return (T, E)
   * @throws UnsupportedOperationException if {@link #scoresTokens} is false
   */
  public NDArray scores(ParameterStore ps, NDArray tokens, boolean training) {
    throw new UnsupportedOperationException(path() + ": these experts do not score tokens");
  }

  /**
   * Returns the first matrix of each expert for losses, (E, D, H); of gated experts, that of the
   * gate. Null for experts without one, or with matrices of different width or on several devices.
   *
   * @param activation in whose type and manager the result is
   */
  public @Nullable NDArray firstMatrix(ParameterStore ps, NDArray activation, boolean training) {
    return null;
  }

  /** Not supported: experts need a plan and are called by {@link MoeLayer}. */
  @Override
  protected final NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    throw new UnsupportedOperationException(
        path() + ": experts need the plan of a router; use them in an MoeLayer");
  }
}
