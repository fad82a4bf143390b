package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * Randomness that is given rather than drawn, so that a routing can be repeated in another language
 * number by number.
 *
 * @param noise (T, E) added to the logits as it is; null for none that is given
 * @param deviation what the load estimator takes for the noise's standard deviation
 * @param uniform (T) of [0, 1), one draw a token; null to draw
 * @param drawsNoise whether noise that is not given is drawn while training; otherwise there is
 *     none
 */
public record GivenDraws(
    @Nullable NDArray noise, double deviation, @Nullable NDArray uniform, boolean drawsNoise) {}
