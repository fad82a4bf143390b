package org.jmoe.plan;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import org.jmoe.tensor.Axes;
import org.jmoe.tensor.ExpertOps;
import org.jmoe.tensor.RoutingOps;

/**
 * Capacity-limited plan: each expert has C slots, and choices that do not fit are dropped (GShard,
 * Lepikhin et al. 2020, algorithm 1). Needs no host synchronisation.
 *
 * @param tokenOfSlot (E, C) token in each slot, -1 if empty
 * @param slotOfChoice (T, K) slot {@code e * C + c} of each choice, -1 if dropped
 * @param weights (T, K) weight of each choice's output
 */
public record SlotPlan(NDArray tokenOfSlot, NDArray slotOfChoice, NDArray weights)
    implements DispatchPlan {

  /** Checks the shape of the weights. */
  public SlotPlan {
    Axes.require(weights, "weights", "T K", slotOfChoice.getShape().getShape());
  }

  /**
   * Assigns a slot to each choice with a rank below the capacity.
   *
   * @param experts (T, K) of int64, -1 for no expert
   * @param ranks (T, K) rank of each choice among those of its expert
   */
  public static SlotPlan of(
      NDArray experts, NDArray ranks, NDArray weights, int expertCount, int capacity) {
    NDList slots = ExpertOps.slots(experts, ranks, expertCount, capacity); // (E, C), (T, K)
    return new SlotPlan(slots.get(0), slots.get(1), weights);
  }

  @Override
  public int experts() {
    return Math.toIntExact(tokenOfSlot.getShape().get(0));
  }

  /** Returns the number of slots per expert, C. */
  public int capacity() {
    return Math.toIntExact(tokenOfSlot.getShape().get(1));
  }

  @Override
  public NDArray dispatch(NDArray tokens) {
    return ExpertOps.slotRows(tokens, tokenOfSlot); // (E, C, D)
  }

  @Override
  public NDArray combine(NDArray outputs) {
    return ExpertOps.weightedSum(rows(outputs), slotOfChoice, weights); // (T, D)
  }

  @Override
  public NDArray ofChoices(NDArray outputs) {
    return ExpertOps.slotRows(rows(outputs), slotOfChoice); // (T, K, D)
  }

  /** Returns slots (E, C, D) as rows (E * C, D). */
  private static NDArray rows(NDArray slots) {
    Shape shape = slots.getShape();
    return slots.reshape(shape.get(0) * shape.get(1), shape.get(2));
  }

  @Override
  public SlotPlan ofExpert(int expert) {
    long first = (long) expert * capacity();
    return new SlotPlan(
        tokenOfSlot.get("%d:%d".formatted(expert, expert + 1)),
        RoutingOps.within(slotOfChoice, first, capacity()),
        weights);
  }
}
