package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * What a router decided, before any capacity: K experts for each token.
 *
 * @param logits (T, E) as the gate gave them
 * @param probs (T, E) what balance losses go by
 * @param choices (T, K) of int64, first choice first, -1 for none
 * @param weights (T, K) what each choice's output counts; also what {@code PROBABILITY} drops by
 * @param refused (T, K) of boolean, choices that take a slot and are then given up; null for none
 * @param passThrough (T) what the token itself counts in its output; null for nothing
 * @param computing number of experts that compute, the first of the E; the others return the token
 */
public record Selection(
    NDArray logits,
    NDArray probs,
    NDArray choices,
    NDArray weights,
    @Nullable NDArray refused,
    @Nullable NDArray passThrough,
    int computing) {

  /** Choices of which every one computes. */
  public static Selection of(NDArray logits, NDArray probs, NDArray choices, NDArray weights) {
    int experts = Math.toIntExact(probs.getShape().get(1));
    return new Selection(logits, probs, choices, weights, null, null, experts);
  }

  /** The same with choices (T, K) of boolean that are given up after they were placed. */
  public Selection withRefused(NDArray mask) {
    return new Selection(logits, probs, choices, weights, mask, passThrough, computing);
  }

  /** The same with a share (T) of the token itself in its output. */
  public Selection withPassThrough(NDArray share) {
    return new Selection(logits, probs, choices, weights, refused, share, computing);
  }

  /** The same where experts from a number on are no functions, but return the token. */
  public Selection withComputing(int experts) {
    return new Selection(logits, probs, choices, weights, refused, passThrough, experts);
  }
}
