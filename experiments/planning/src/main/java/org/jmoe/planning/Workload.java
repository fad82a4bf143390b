package org.jmoe.planning;

import com.google.common.base.Preconditions;
import java.math.BigDecimal;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.planning.model.MoeSize;

/**
 * What is trained of a model in a step.
 *
 * @param tokens of a step, rounded to whole sequences
 * @param sequence tokens of a sequence S
 * @param capacity factor of the experts' slots, counted on each device's micro-batch; infinite for
 *     no limit
 * @param arithmetic types of numbers
 * @param zero what data-parallel replicas share among them (ZeRO, Rajbhandari et al. 2020): 0
 *     nothing, 1 the optimizer, 2 gradients too, 3 weights too
 * @param efficiency share of their peak that a device's products reach
 */
public record Workload(
    long tokens,
    int sequence,
    double capacity,
    Arithmetic arithmetic,
    int zero,
    double efficiency) {
  /**
   * Of an H100 in bfloat16: SonicMoE's layer does 550 TFLOP/s, 88 % of what cuBLAS does on its
   * products (arXiv 2512.14080, sections 1 and 6.2), so that cuBLAS reaches 625 of 989.
   */
  public static final double EFFICIENCY = 0.63;

  /** Checks the numbers. */
  public Workload {
    Preconditions.checkArgument(sequence >= 1, "sequence must be at least 1, not %s", sequence);
    Preconditions.checkArgument(
        tokens >= sequence,
        "a step of %s tokens has no whole sequence of %s; raise --tokens or lower --sequence",
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

  /** Whether no token is dropped. */
  public boolean dropless() {
    return Double.isInfinite(capacity);
  }

  /** The same without drops. */
  Workload withoutCapacity() {
    return new Workload(tokens, sequence, Double.POSITIVE_INFINITY, arithmetic, zero, efficiency);
  }

  /** Sequences of a step. */
  public long sequences() {
    return Math.max(1, Math.round((double) tokens / sequence));
  }

  /** Slots of each expert for the tokens of one device, as Megatron-LM counts them. */
  static long slots(long tokens, MoeSize moe, double capacity) {
    return PublishedCapacity.MEGATRON.slots(
        tokens, moe.k(), moe.experts(), BigDecimal.valueOf(capacity));
  }

  /**
   * Rows of experts for each token: k without a limit, all slots, empty ones too, with one.
   *
   * @param local tokens on a device
   */
  double rows(MoeSize moe, long local) {
    return dropless() ? moe.k() : (double) slots(local, moe, capacity) * moe.experts() / local;
  }
}
