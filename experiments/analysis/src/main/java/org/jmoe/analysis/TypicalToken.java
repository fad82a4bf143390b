package org.jmoe.analysis;

/**
 * A token that goes to an expert more often than others do.
 *
 * @param id of the token
 * @param count choices of the expert for it
 * @param total choices of all experts for it
 * @param information pointwise mutual information of token and expert in nats, {@code ln (n(t, e) n
 *     / (n(t) n(e)))} (Church and Hanks 1990): 0 where the expert gets its usual share of the token
 */
public record TypicalToken(int id, long count, long total, double information) {}
