package org.jmoe.catalog.engine;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * Numbers over the course of a trial.
 *
 * @param tokens trained on until then; epochs or steps where there are no tokens
 * @param seconds of the trial until then, NaN where they were not taken
 * @param values measured
 */
public record Series(List<Double> tokens, List<Double> seconds, List<Double> values) {
  /** Checks that all have one length. */
  public Series {
    Preconditions.checkArgument(
        tokens.size() == values.size() && seconds.size() == values.size(),
        "%s values over %s tokens and %s seconds",
        values.size(),
        tokens.size(),
        seconds.size());
    tokens = ImmutableList.copyOf(tokens);
    seconds = ImmutableList.copyOf(seconds);
    values = ImmutableList.copyOf(values);
  }

  /**
   * Where the values first fall to a level, between two points on the straight line; NaN where they
   * never do.
   */
  public double tokensTo(double level) {
    for (int i = 0; i < values.size(); i++) {
      if (values.get(i) <= level) {
        if (i == 0) {
          return tokens.get(0);
        }
        double drop = values.get(i - 1) - values.get(i);
        double share = drop == 0 ? 1 : (values.get(i - 1) - level) / drop;
        return tokens.get(i - 1) + share * (tokens.get(i) - tokens.get(i - 1));
      }
    }
    return Double.NaN;
  }

  /** The mean of the last tenth of the values, at least one; NaN without any. */
  public double lastTenth() {
    int from = Math.min(values.size() - 1, values.size() * 9 / 10);
    return values.isEmpty()
        ? Double.NaN
        : values.subList(from, values.size()).stream().mapToDouble(v -> v).average().orElseThrow();
  }
}
