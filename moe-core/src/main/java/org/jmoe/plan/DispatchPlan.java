package org.jmoe.plan;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * Assignment of tokens to experts and weights of their outputs, returned by a router. A plan
 * contains arrays of one batch and must not outlive it.
 */
public sealed interface DispatchPlan permits GroupedPlan, SlotPlan, SoftPlan {
  /** Returns the number of experts E. */
  int experts();

  /**
   * Copies tokens to their experts.
   *
   * @param tokens (T, D)
   * @return (N, D) rows sorted by expert, or (E, C, D) slots
   */
  NDArray dispatch(NDArray tokens);

  /**
   * Combines the experts' outputs by weighted sum.
   *
   * @param outputs in the shape returned by {@link #dispatch}
   * @return (T, D); zeros for tokens without an expert
   */
  NDArray combine(NDArray outputs);

  /**
   * Returns the output of the expert of each choice, unweighted.
   *
   * @param outputs in the shape returned by {@link #dispatch}
   * @return (T, K, D); zeros where a choice was dropped; null if tokens do not choose experts
   */
  @Nullable NDArray ofChoices(NDArray outputs);

  /**
   * Returns the plan restricted to one expert, with only its rows.
   *
   * @param expert 0 to E - 1
   */
  DispatchPlan ofExpert(int expert);
}
