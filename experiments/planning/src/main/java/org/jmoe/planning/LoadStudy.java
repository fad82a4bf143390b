package org.jmoe.planning;

/**
 * Effect of routing imbalance on a plan.
 *
 * @param load distribution of the routing choices
 * @param imbalance its simulated imbalance
 * @param slowdown step time without drops, relative to a balanced load
 */
public record LoadStudy(AssumedLoad load, Imbalance imbalance, double slowdown) {}
