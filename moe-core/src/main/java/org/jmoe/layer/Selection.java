package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Choices of a router before any capacity: K experts per token.
 *
 * @param logits (T, E) of the gate
 * @param probs (T, E) used by balance losses
 * @param choices (T, K) of int64, first choice first, -1 for none
 * @param weights (T, K) weight of each choice's output and its priority under {@code PROBABILITY}
 * @param discarded (T, K) of boolean, choices that occupy a slot but are not computed; null for
 *     none
 * @param passThrough (T) weight of the token itself in its output; null for none
 * @param computing number of experts that compute, the first of the E; the others are identities
 * @param weighing weights (T, K) that the router gives to any choices (T, K); null if unknown
 */
public record Selection(
    NDArray logits,
    NDArray probs,
    NDArray choices,
    NDArray weights,
    @Nullable NDArray discarded,
    @Nullable NDArray passThrough,
    int computing,
    @Nullable UnaryOperator<NDArray> weighing) {

  /** Creates a selection in which every choice computes. */
  public static Selection of(NDArray logits, NDArray probs, NDArray choices, NDArray weights) {
    int experts = Math.toIntExact(probs.getShape().get(1));
    return new Selection(logits, probs, choices, weights, null, null, experts, null);
  }

  /** Creates a selection by a router that can weigh any choices, so that others can be replayed. */
  public static Selection weighed(
      NDArray logits, NDArray probs, NDArray choices, UnaryOperator<NDArray> weighing) {
    int experts = Math.toIntExact(probs.getShape().get(1));
    NDArray weights = weighing.apply(choices); // (T, K)
    return new Selection(logits, probs, choices, weights, null, null, experts, weighing);
  }

  /** Returns a copy with other choices and weights, (T, K) each. */
  public Selection withChoices(NDArray others, NDArray theirWeights) {
    return new Selection(
        logits, probs, others, theirWeights, null, passThrough, computing, weighing);
  }

  /** Returns a copy with choices (T, K) that are discarded after slots are assigned. */
  public Selection withDiscarded(NDArray mask) {
    return new Selection(logits, probs, choices, weights, mask, passThrough, computing, weighing);
  }

  /** Returns a copy with a weight (T) of the token itself in its output. */
  public Selection withPassThrough(NDArray share) {
    return new Selection(logits, probs, choices, weights, discarded, share, computing, weighing);
  }

  /** Returns a copy in which experts from an index on are identities. */
  public Selection withComputing(int experts) {
    return new Selection(
        logits, probs, choices, weights, discarded, passThrough, experts, weighing);
  }
}
