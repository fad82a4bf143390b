package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * Everything an MoE layer computed in one pass; valid as long as the batch.
 *
 * @param tokens (T, D) input
 * @param routing result of the router
 * @param outputs of the experts in the width of the tokens: (N, D) or (E, C, D)
 * @param shared result of the shared expert; null for none
 * @param output (T, D) of the layer, without the residual connection
 */
public record LayerPass(
    NDArray tokens,
    Routing routing,
    NDArray outputs,
    @Nullable SharedPass shared,
    NDArray output) {}
