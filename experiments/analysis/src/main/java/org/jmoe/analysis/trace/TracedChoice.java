package org.jmoe.analysis.trace;

/**
 * One expert chosen by a token.
 *
 * @param expert index of the expert
 * @param weight router weight
 * @param kept whether the expert served the token, rather than dropping it for lack of capacity
 * @param share its share of the layer's output, see {@link OutputShares}
 */
public record TracedChoice(int expert, double weight, boolean kept, double share) {}
