package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * Everything that an MoE layer computed in one pass, for whoever takes its output apart; lives as
 * long as the batch.
 *
 * @param tokens (T, D) that entered
 * @param routing who was to compute them
 * @param outputs what the experts gave back, in the width of the tokens: (N, D) or (E, C, D)
 * @param shared what a shared expert did; null where there is none
 * @param output (T, D) of the layer, without the residual around it
 */
public record LayerPass(
    NDArray tokens,
    Routing routing,
    NDArray outputs,
    @Nullable SharedPass shared,
    NDArray output) {}
