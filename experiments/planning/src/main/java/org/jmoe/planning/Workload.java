package org.jmoe.planning;

import com.google.common.base.Preconditions;
import java.math.BigDecimal;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.planning.model.MoeSize;

/**
 * Training workload of a step.
 *
 * @param tokens tokens per step, rounded to entire sequences
 * @param sequence tokens per sequence S
 * @param capacity capacity factor of the experts, applied to the micro-batch of each device;
 *     infinite for dropless
 * @param arithmetic data types
 * @param zero ZeRO stage of the data-parallel replicas (Rajbhandari et al. 2020): 0 no sharding, 1
 *     optimizer state, 2 also gradients, 3 also weights
 * @param efficiency fraction of their peak that a device's matmuls reach
 */
public record Workload(
    long tokens,
    int sequence,
    double capacity,
    Arithmetic arithmetic,
    int zero,
    double efficiency) {
  /**
   * Matmul efficiency of an H100 in bfloat16: SonicMoE's layer reaches 550 TFLOP/s, 88 % of cuBLAS
   * on the same matmuls (arXiv 2512.14080, sections 1 and 6.2), so cuBLAS reaches 625 of 989.
   */
  public static final double EFFICIENCY = 0.63;

  /** Checks the values. */
  public Workload {
    Preconditions.checkArgument(sequence >= 1, "sequence must be at least 1, not %s", sequence);
    Preconditions.checkArgument(
        tokens >= sequence,
        "a step of %s tokens is shorter than one sequence of %s; raise --tokens or lower"
            + " --sequence",
        tokens,
        sequence);
    Preconditions.checkArgument(
        capacity > 0, "capacity must be above 0 or dropless, not %s", capacity);
    Preconditions.checkArgument(
        zero >= 0 && zero <= 3, "zero must be between 0 and 3, not %s", zero);
    Preconditions.checkArgument(
        efficiency > 0 && efficiency <= 1,
        "efficiency must be above 0 and at most 1, not %s",
        efficiency);
  }

  /** Returns whether no token is dropped. */
  public boolean dropless() {
    return Double.isInfinite(capacity);
  }

  /** Returns the same workload without drops. */
  Workload withoutCapacity() {
    return new Workload(tokens, sequence, Double.POSITIVE_INFINITY, arithmetic, zero, efficiency);
  }

  /** Returns the sequences per step. */
  public long sequences() {
    return Math.max(1, Math.round((double) tokens / sequence));
  }

  /** Returns the slots per expert for the tokens of one device, as in Megatron-LM. */
  static long slots(long tokens, MoeSize moe, double capacity) {
    return PublishedCapacity.MEGATRON.slots(
        tokens, moe.k(), moe.experts(), BigDecimal.valueOf(capacity));
  }

  /**
   * Returns the expert rows per token: k if dropless, otherwise all slots including empty ones.
   *
   * @param local tokens per device
   */
  double rows(MoeSize moe, long local) {
    return dropless() ? moe.k() : (double) slots(local, moe, capacity) * moe.experts() / local;
  }
}
