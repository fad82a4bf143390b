package org.jmoe.plan;

import com.google.common.base.Preconditions;
import java.math.BigDecimal;

/**
 * A capacity independent of the batch, as {@code expert_capacity} in Hugging Face's Switch.
 *
 * @param slots per expert
 */
public record FixedCapacity(int slots) implements CapacityRule {
  /** Checks the number. */
  public FixedCapacity {
    Preconditions.checkArgument(slots >= 1, "capacity must be at least 1 slot, not %s", slots);
  }

  @Override
  public long slots(long tokens, int k, int experts, BigDecimal factor) {
    return slots;
  }
}
