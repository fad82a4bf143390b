package org.jmoe.analysis.trace;

/**
 * One expert that a token asked for.
 *
 * @param expert its number
 * @param weight that the router gave it
 * @param kept whether it served the token, or had no place left
 * @param share of the layer's output that is its own, see {@link OutputShares}
 */
public record TracedChoice(int expert, double weight, boolean kept, double share) {}
