package org.jmoe.tensor;

import java.util.Arrays;

/**
 * Group sizes by which an {@link ExpertStrategy} is chosen. A shard of a stack uses the group sizes
 * of the full stack, so its results do not depend on the sharding.
 *
 * @param rows of all experts
 * @param experts E
 * @param largest rows of the busiest expert
 */
public record GroupSizes(long rows, int experts, long largest) {
  /** Returns the group sizes for the number of rows of each expert (E). */
  public static GroupSizes of(long[] counts) {
    long largest = Arrays.stream(counts).max().orElse(0);
    return new GroupSizes(Arrays.stream(counts).sum(), counts.length, largest);
  }
}
