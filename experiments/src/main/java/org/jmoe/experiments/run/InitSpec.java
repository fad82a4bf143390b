package org.jmoe.experiments.run;

/**
 * What a run goes on from.
 *
 * @param weights that it begins with
 */
public record InitSpec(InitialWeights weights) {}
