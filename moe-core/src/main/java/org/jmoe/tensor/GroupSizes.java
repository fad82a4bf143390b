package org.jmoe.tensor;

import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * How the rows of a stack's experts fall into groups: all that decides how they are multiplied, so
 * that a part of the stack can be computed to the bit as the whole would.
 *
 * @param rows of all experts together
 * @param experts E
 * @param largest rows of the busiest expert
 */
public record GroupSizes(long rows, int experts, long largest) {
  /** Of the rows (E) of each expert. */
  public static GroupSizes of(long[] counts) {
    return new GroupSizes(
        LongStream.of(counts).sum(), counts.length, LongStream.of(counts).max().orElse(0));
  }

  /** The strategy, and the rows that groups are padded to, as a script reads them. */
  double[] numbers(FeedForwardWeights w) {
    double[] numbers = w.with(w.strategy().resolve(rows, experts, largest, w.dropout())).numbers();
    double[] all = Arrays.copyOf(numbers, numbers.length + 1);
    all[numbers.length] = largest;
    return all;
  }
}
