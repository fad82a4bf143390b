package org.jmoe.transformer.attention;

/**
 * Shape of the key/value cache of a layer per position.
 *
 * @param heads G
 * @param keys width of the keys of a head
 * @param values width of the values of a head
 */
public record CacheShape(int heads, int keys, int values) {}
