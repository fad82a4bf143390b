package org.jmoe.analysis.labels;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.stream.IntStream;
import org.jmoe.data.batch.Batch;

/**
 * Labels tokens by their position in the sequence, in bins of equal width.
 *
 * @param length tokens per sequence
 * @param bins maximum number of bins
 */
public record PositionLabels(int length, int bins) implements TokenLabels {
  /** Checks the values. */
  public PositionLabels {
    Preconditions.checkArgument(length >= 1, "length must be at least 1, not %s", length);
    Preconditions.checkArgument(bins >= 1, "bins must be at least 1, not %s", bins);
  }

  private int width() {
    return (length + bins - 1) / bins;
  }

  @Override
  public String name() {
    return "position";
  }

  @Override
  public ImmutableList<String> labels() {
    return IntStream.range(0, (length + width() - 1) / width())
        .mapToObj(this::label)
        .collect(ImmutableList.toImmutableList());
  }

  private String label(int bin) {
    int first = bin * width();
    int last = Math.min(length, first + width()) - 1;
    return first == last ? Integer.toString(first) : first + "-" + last;
  }

  @Override
  public int of(Batch batch, int token) {
    return token % batch.sequenceLength() / width();
  }
}
