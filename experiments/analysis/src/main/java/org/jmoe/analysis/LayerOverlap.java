package org.jmoe.analysis;

import org.jmoe.metrics.ExpertOverlap;

/**
 * Agreement of the routing of two layers.
 *
 * @param layer path of one layer
 * @param other path of a later layer
 * @param overlap agreement over a sample of tokens
 */
public record LayerOverlap(String layer, String other, ExpertOverlap overlap) {}
