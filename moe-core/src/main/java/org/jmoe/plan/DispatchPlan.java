package org.jmoe.plan;

import ai.djl.ndarray.NDArray;

/**
 * Which tokens go to which expert and how the results come back: the value that a router returns.
 * Plans hold arrays of one batch and live no longer than it.
 */
public sealed interface DispatchPlan permits GroupedPlan, SlotPlan, SoftPlan {
  /** Number of experts E. */
  int experts();

  /**
   * Copies tokens to their experts.
   *
   * @param tokens (T, D)
   * @return (N, D) rows sorted by expert, or (E, C, D) slots
   */
  NDArray dispatch(NDArray tokens);

  /**
   * Brings the experts' outputs back, weighted and summed.
   *
   * @param outputs in the shape that {@link #dispatch} returned
   * @return (T, D); zeros for a token that no expert served
   */
  NDArray combine(NDArray outputs);

  /**
   * What is left of the plan where one expert alone is served: its rows, as the only ones.
   *
   * @param expert 0 to E - 1
   */
  DispatchPlan ofExpert(int expert);
}
