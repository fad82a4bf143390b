package org.jmoe.catalog.engine;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * Values over the course of a trial.
 *
 * @param tokens training tokens at each point; epochs or steps if there are no tokens
 * @param seconds seconds at each point, NaN if not measured
 * @param values measured values
 */
public record Series(List<Double> tokens, List<Double> seconds, List<Double> values) {
  /** Checks that all have the same length. */
  public Series {
    Preconditions.checkArgument(
        tokens.size() == values.size() && seconds.size() == values.size(),
        "values, tokens and seconds must have the same length, got %s, %s and %s",
        values.size(),
        tokens.size(),
        seconds.size());
    tokens = ImmutableList.copyOf(tokens);
    seconds = ImmutableList.copyOf(seconds);
    values = ImmutableList.copyOf(values);
  }

  /**
   * Returns the tokens at which the values first fall to a level, linearly interpolated; NaN if
   * never.
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

  /** Returns the mean of the last tenth of the values, at least one; NaN if empty. */
  public double lastTenth() {
    int from = Math.min(values.size() - 1, values.size() * 9 / 10);
    return values.isEmpty()
        ? Double.NaN
        : values.subList(from, values.size()).stream().mapToDouble(v -> v).average().orElseThrow();
  }
}
