package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * Given random draws, used instead of sampled ones to compare routing with another implementation.
 *
 * @param noise (T, E) added to the logits; null for none
 * @param noiseStd standard deviation of the noise for load estimators
 * @param uniform (T) of [0, 1), one draw per token; null to sample
 * @param drawsNoise whether missing noise is sampled in training; otherwise there is no noise
 */
public record GivenDraws(
    @Nullable NDArray noise, double noiseStd, @Nullable NDArray uniform, boolean drawsNoise) {}
