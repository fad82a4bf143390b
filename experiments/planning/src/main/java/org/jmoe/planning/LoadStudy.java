package org.jmoe.planning;

/**
 * What uneven routing would do to a plan.
 *
 * @param load how uneven
 * @param imbalance of its simulation
 * @param slowdown of the whole step, when nothing is dropped, against an even load
 */
public record LoadStudy(AssumedLoad load, Imbalance imbalance, double slowdown) {}
