package org.jmoe.plan;

import com.google.common.base.Preconditions;
import java.math.BigDecimal;

/**
 * A number of slots that does not depend on the batch, as Hugging Face's Switch has it in its
 * configuration ({@code expert_capacity}).
 *
 * @param slots of each expert
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
