package org.jmoe.analysis.trace;

import com.google.common.collect.ImmutableList;

/**
 * Routing of every token in one layer.
 *
 * @param layer path of the layer
 * @param experts number of experts E
 * @param hasShared whether the layer has a shared expert
 * @param tokens tokens, row by row
 */
public record TracedLayer(
    String layer, int experts, boolean hasShared, ImmutableList<TracedToken> tokens) {}
