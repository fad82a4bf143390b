package org.jmoe.transformer;

/**
 * What a cache keeps of each position in a layer.
 *
 * @param heads G
 * @param keys numbers of a head's first part
 * @param values numbers of a head's second part
 */
public record CacheShape(int heads, int keys, int values) {}
