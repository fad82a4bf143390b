package org.jmoe.training.config;

import org.jmoe.tensor.Quantisation;
import org.jmoe.transformer.AdaptedSpec;
import org.jmoe.transformer.LowRank;
import org.jmoe.transformer.ModelSpec;
import org.jspecify.annotations.Nullable;

/**
 * What a run goes on from.
 *
 * @param weights that it begins with
 * @param lowRank changes that are trained in place of the weights; null to train the weights
 * @param experts in what the experts' weights are held, of which low-rank changes alone are trained
 *     then (QLoRA, Dettmers et al. 2023); null for float32
 */
public record InitSpec(
    InitialWeights weights, LowRank.@Nullable Spec lowRank, @Nullable Quantisation experts) {
  /** All weights are trained. */
  public InitSpec(InitialWeights weights) {
    this(weights, null, null);
  }

  /** A model with the changes. */
  ModelSpec adapted(ModelSpec base) {
    ModelSpec held =
        experts == null ? base : new ModelChange(null, null, experts).of(base, RunJson.standard());
    return lowRank == null ? held : new AdaptedSpec(held, lowRank);
  }
}
