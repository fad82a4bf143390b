package org.jmoe.analysis.trace;

import com.google.common.collect.ImmutableList;

/**
 * Routing of one token in one layer. The shares of its choices, the shared expert and the token
 * itself sum to 1, unless the layer's output is zero; then all are 0.
 *
 * @param sequence row of the input
 * @param position position in the row
 * @param id token id
 * @param choices choices in order; empty for padding
 * @param shared share of the output from the shared expert
 * @param self share of the output from the token itself, if the router passes it through
 */
public record TracedToken(
    int sequence,
    int position,
    int id,
    ImmutableList<TracedChoice> choices,
    double shared,
    double self) {
  /** Returns the sum of all shares. */
  public double total() {
    return choices.stream().mapToDouble(TracedChoice::share).sum() + shared + self;
  }
}
