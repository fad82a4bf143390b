package org.jmoe.analysis;

import org.jmoe.metrics.ExpertOverlap;

/**
 * How alike two layers route.
 *
 * @param layer path of one
 * @param other path of a later one
 * @param overlap over a sample of tokens
 */
public record LayerOverlap(String layer, String other, ExpertOverlap overlap) {}
