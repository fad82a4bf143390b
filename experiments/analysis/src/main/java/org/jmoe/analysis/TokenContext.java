package org.jmoe.analysis;

import com.google.common.primitives.ImmutableIntArray;

/**
 * A place in the data where a router was sure of an expert.
 *
 * @param weight that the router gave the expert
 * @param before ids before the token
 * @param token its id
 * @param after ids after it
 */
public record TokenContext(
    double weight, ImmutableIntArray before, int token, ImmutableIntArray after) {}
