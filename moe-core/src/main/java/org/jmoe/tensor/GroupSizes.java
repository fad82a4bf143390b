package org.jmoe.tensor;

import java.util.Arrays;

/**
 * What the choice of an {@link ExpertStrategy} goes by. The parts of a stack are computed by the
 * sizes of the whole, so that its numbers do not depend on where it is cut.
 *
 * @param rows of all experts
 * @param experts E
 * @param largest rows of the busiest expert
 */
public record GroupSizes(long rows, int experts, long largest) {
  /** Of the rows of each expert (E). */
  public static GroupSizes of(long[] counts) {
    long largest = Arrays.stream(counts).max().orElse(0);
    return new GroupSizes(Arrays.stream(counts).sum(), counts.length, largest);
  }
}
