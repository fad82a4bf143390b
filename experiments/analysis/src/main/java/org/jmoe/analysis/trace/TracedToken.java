package org.jmoe.analysis.trace;

import com.google.common.collect.ImmutableList;

/**
 * What one layer did with one token. The shares of its choices, of the shared expert and of the
 * token itself add up to 1, unless the layer's output is zero; then all are 0.
 *
 * @param sequence the row of the input
 * @param position in the row
 * @param id of the token
 * @param choices first choice first; none for padding
 * @param shared share of the output that a shared expert has
 * @param self share of the output that is the token itself, where a router passes it through
 */
public record TracedToken(
    int sequence,
    int position,
    int id,
    ImmutableList<TracedChoice> choices,
    double shared,
    double self) {
  /** The sum of all shares. */
  public double total() {
    return choices.stream().mapToDouble(TracedChoice::share).sum() + shared + self;
  }
}
