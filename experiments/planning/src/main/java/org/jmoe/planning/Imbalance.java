package org.jmoe.planning;

import com.google.common.primitives.ImmutableDoubleArray;

/**
 * How uneven routing is, as the mean over layers.
 *
 * @param maxOverMean the busiest expert's choices over the mean
 * @param crowding the same of devices: how much longer the experts take when nothing is dropped
 * @param dropRates share of choices that get no slot, for each capacity factor asked for
 */
public record Imbalance(double maxOverMean, double crowding, ImmutableDoubleArray dropRates) {}
