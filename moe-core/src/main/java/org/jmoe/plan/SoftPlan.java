package org.jmoe.plan;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import org.jmoe.tensor.Axes;
import org.jmoe.tensor.Ops;
import org.jspecify.annotations.Nullable;

/**
 * Soft plan: each slot is a weighted mean of tokens, and each token a weighted sum of slots (Soft
 * MoE, Puigcerver et al. 2024, equations 1 to 3).
 *
 * @param toSlots (T, E, C) weight of each token in each slot
 * @param toTokens (T, E, C) weight of each slot in each token
 */
public record SoftPlan(NDArray toSlots, NDArray toTokens) implements DispatchPlan {
  /** Checks that both arrays have the same shape. */
  public SoftPlan {
    Axes.require(toTokens, "toTokens", "T E C", toSlots.getShape().getShape());
  }

  @Override
  public int experts() {
    return Math.toIntExact(toSlots.getShape().get(1));
  }

  /** Casts the router's float32 weights to the type of the mixed array. */
  private static NDArray typed(NDArray weights, NDArray mixed) {
    boolean same = weights.getDataType() == mixed.getDataType();
    return same ? weights : Ops.cast(weights, mixed.getDataType());
  }

  @Override
  public NDArray dispatch(NDArray tokens) {
    Shape shape = toSlots.getShape(); // (T, E, C)
    NDArray flat =
        typed(toSlots, tokens).reshape(shape.get(0), shape.get(1) * shape.get(2)); // (T, E * C)
    NDArray slots = flat.transpose().matMul(tokens); // (E * C, D)
    return slots.reshape(shape.get(1), shape.get(2), tokens.getShape().get(1)); // (E, C, D)
  }

  @Override
  public NDArray combine(NDArray outputs) {
    Shape shape = toTokens.getShape(); // (T, E, C)
    long slots = shape.get(1) * shape.get(2);
    NDArray flat = typed(toTokens, outputs).reshape(shape.get(0), slots); // (T, E * C)
    return flat.matMul(outputs.reshape(slots, outputs.getShape().get(2))); // (T, D)
  }

  /** Returns null: slots are means of tokens. */
  @Override
  public @Nullable NDArray ofChoices(NDArray outputs) {
    return null;
  }

  @Override
  public SoftPlan ofExpert(int expert) {
    NDIndex only = new NDIndex(":, %d:%d".formatted(expert, expert + 1));
    return new SoftPlan(toSlots.get(only), toTokens.get(only)); // (T, 1, C)
  }
}
