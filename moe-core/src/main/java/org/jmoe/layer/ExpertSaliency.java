package org.jmoe.layer;

import com.google.common.primitives.ImmutableDoubleArray;
import java.util.stream.IntStream;

/**
 * How much each expert of a layer adds to the tokens that it serves.
 *
 * @param weighted (E) sum over its tokens of the choice's weight times the 2-norm of its output
 * @param served (E) how many tokens those are
 */
public record ExpertSaliency(ImmutableDoubleArray weighted, ImmutableDoubleArray served) {
  /** The sums over two batches. */
  public ExpertSaliency plus(ExpertSaliency other) {
    return new ExpertSaliency(sum(weighted, other.weighted), sum(served, other.served));
  }

  private static ImmutableDoubleArray sum(ImmutableDoubleArray a, ImmutableDoubleArray b) {
    return ImmutableDoubleArray.copyOf(
        IntStream.range(0, a.length()).mapToDouble(e -> a.get(e) + b.get(e)));
  }

  /** (E) the mean over the tokens of each expert; 0 for an expert without any. */
  public ImmutableDoubleArray mean() {
    return ImmutableDoubleArray.copyOf(
        IntStream.range(0, weighted.length())
            .mapToDouble(e -> weighted.get(e) / Math.max(1, served.get(e))));
  }
}
