package org.jmoe.planning;

import com.google.common.primitives.ImmutableDoubleArray;

/**
 * Routing imbalance, averaged over layers.
 *
 * @param maxOverMean choices of the busiest expert over the mean
 * @param crowding rows of the busiest device over the mean: the factor by which expert computation
 *     slows down when no token is dropped
 * @param dropRates fraction of choices dropped, per requested capacity factor
 */
public record Imbalance(double maxOverMean, double crowding, ImmutableDoubleArray dropRates) {}
