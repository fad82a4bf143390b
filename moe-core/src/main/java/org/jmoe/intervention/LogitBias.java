package org.jmoe.intervention;

import ai.djl.ndarray.NDArray;
import org.jmoe.layer.RouterHook;
import org.jspecify.annotations.Nullable;

/**
 * Adds a constant to the logits of experts, which changes choices and weights.
 *
 * @param amount in units of the logits
 */
public record LogitBias(ExpertGroup group, double amount) implements Intervention {
  /** Checks that the amount is finite. */
  public LogitBias {
    if (!Double.isFinite(amount)) {
      throw new IllegalArgumentException(
          "%s: a bias must be finite, not %s".formatted(group, amount));
    }
  }

  @Override
  public @Nullable RouterHook router(String layer) {
    return layer.equals(group.layer()) ? new Hook(group, amount) : null;
  }

  /** The bias in one layer. */
  private static final class Hook extends GroupHook {
    private final double amount;

    Hook(ExpertGroup group, double amount) {
      super("bias", group);
      this.amount = amount;
    }

    @Override
    public NDArray logits(NDArray logits) {
      return shifted(logits, amount);
    }

    @Override
    public void applied(String router, boolean logits, boolean choices) {
      if (!logits) {
        throw impossible(router, "has no logits");
      }
    }
  }
}
