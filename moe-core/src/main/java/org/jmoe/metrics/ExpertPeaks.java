package org.jmoe.metrics;

import ai.djl.ndarray.NDArray;
import com.google.common.primitives.ImmutableDoubleArray;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jmoe.layer.LayerPass;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.plan.SlotPlan;

/**
 * Largest absolute element of the unweighted outputs of each expert of a layer.
 *
 * @param largest (E); 0 for an expert without tokens
 */
public record ExpertPeaks(ImmutableDoubleArray largest) {
  /** Measures one pass; empty for soft plans, in which tokens are not assigned to experts. */
  public static Optional<ExpertPeaks> of(LayerPass pass) {
    NDArray outputs = pass.outputs(); // (N, D) or (E, C, D)
    int width = Math.toIntExact(outputs.getShape().tail());
    if (pass.routing().plan() instanceof GroupedPlan grouped) {
      long[] counts = grouped.counts().toLongArray();
      int[] expert =
          IntStream.range(0, counts.length)
              .flatMap(e -> IntStream.generate(() -> e).limit(counts[e]))
              .toArray();
      return Optional.of(of(outputs, width, expert, counts.length));
    }
    if (pass.routing().plan() instanceof SlotPlan slots) {
      long[] tokens = slots.tokenOfSlot().toLongArray(); // (E * C)
      int[] expert =
          IntStream.range(0, tokens.length)
              .map(i -> tokens[i] < 0 ? -1 : i / slots.capacity())
              .toArray();
      return Optional.of(of(outputs, width, expert, slots.experts()));
    }
    return Optional.empty();
  }

  /**
   * Returns the largest elements.
   *
   * @param expert of each row, -1 for none
   */
  private static ExpertPeaks of(NDArray outputs, int width, int[] expert, int experts) {
    double[] largest = new double[experts];
    if (expert.length > 0) {
      NDArray each = outputs.abs().reshape(-1, width).max(new int[] {1}); // (N)
      Number[] rows = each.toArray();
      for (int i = 0; i < expert.length; i++) {
        if (expert[i] >= 0) {
          largest[expert[i]] = Math.max(largest[expert[i]], rows[i].doubleValue());
        }
      }
    }
    return new ExpertPeaks(ImmutableDoubleArray.copyOf(largest));
  }

  /** Returns the largest elements over both batches. */
  public ExpertPeaks max(ExpertPeaks other) {
    return new ExpertPeaks(
        ImmutableDoubleArray.copyOf(
            IntStream.range(0, largest.length())
                .mapToDouble(e -> Math.max(largest.get(e), other.largest.get(e)))));
  }
}
