package org.jmoe.layer;

/**
 * A property in which a router differs from the usual kind, where each token chooses experts only
 * by its own logits {@code x W}.
 */
public enum RouterTrait {
  /** Adds its own noise to the logits, or samples from them, in training. */
  NOISE,
  /** The logits are not a linear map of the token. */
  NONLINEAR,
  /**
   * Even in evaluation and without capacity, the choice depends on more than the token's logits: on
   * other tokens, the token id, its position or a random draw.
   */
  COUPLED,
  /** The gradient of the weights is an estimator, such as straight-through. */
  STRAIGHT_THROUGH,
  /** Requires token ids. */
  TOKEN_IDS,
  /** Experts choose tokens, up to their capacity. */
  EXPERTS_CHOOSE,
  /** Every expert processes every token; there is no capacity. */
  EVERY_TOKEN,
  /** Experts process slots, weighted means of tokens. */
  SLOTS,
  /** The bias adapts to the scores of a batch instead of the tokens per expert. */
  ADAPTS_TO_SCORES,
  /**
   * Adapts the coefficient of a loss of its own, without which training does not control how many
   * experts a token has.
   */
  ADAPTS_COEFFICIENT,
  /** Goes by the experts' own scores; only some experts have them. */
  EXPERT_SCORES,
  /** Weights may be negative. */
  SIGNED_WEIGHTS,
  /** Requires each sequence more than once per batch. */
  REPEATED_SEQUENCES
}
