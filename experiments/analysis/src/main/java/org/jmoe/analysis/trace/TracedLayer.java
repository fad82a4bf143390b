package org.jmoe.analysis.trace;

import com.google.common.collect.ImmutableList;

/**
 * What one layer did with every token.
 *
 * @param layer its path
 * @param experts number of experts E
 * @param hasShared whether it has a shared expert
 * @param tokens row by row
 */
public record TracedLayer(
    String layer, int experts, boolean hasShared, ImmutableList<TracedToken> tokens) {}
