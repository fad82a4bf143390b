package org.jmoe.analysis;

/**
 * A token routed to an expert more often than to others.
 *
 * @param id token id
 * @param count choices of the expert for this token
 * @param total choices of all experts for this token
 * @param information pointwise mutual information of token and expert in nats, {@code ln (n(t, e) n
 *     / (n(t) n(e)))} (Church and Hanks 1990): 0 if the expert gets its usual fraction of the token
 */
public record TypicalToken(int id, long count, long total, double information) {}
