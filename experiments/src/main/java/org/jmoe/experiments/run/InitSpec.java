package org.jmoe.experiments.run;

import org.jmoe.transformer.AdaptedSpec;
import org.jmoe.transformer.LowRank;
import org.jmoe.transformer.ModelSpec;
import org.jspecify.annotations.Nullable;

/**
 * What a run goes on from.
 *
 * @param weights that it begins with
 * @param lowRank changes that are trained in place of the weights; null to train the weights
 */
public record InitSpec(InitialWeights weights, LowRank.@Nullable Spec lowRank) {
  /** All weights are trained. */
  public InitSpec(InitialWeights weights) {
    this(weights, null);
  }

  /** A model with the changes. */
  ModelSpec adapted(ModelSpec base) {
    return lowRank == null ? base : new AdaptedSpec(base, lowRank);
  }
}
