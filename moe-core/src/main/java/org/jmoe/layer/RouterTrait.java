package org.jmoe.layer;

/**
 * How a router differs from the common kind, in which each token chooses experts by its own row of
 * logits {@code x W} alone.
 */
public enum RouterTrait {
  /** Adds noise of its own to the scores, or samples from them, in training. */
  NOISE,
  /** The scores are not a linear map of the token. */
  NONLINEAR,
  /**
   * Even in evaluation and without a capacity, a token's experts depend on more than its own
   * scores: on other tokens, its id, its position or a random draw.
   */
  COUPLED,
  /**
   * The gradient of the weights is an estimator, such as straight-through, not their derivative.
   */
  STRAIGHT_THROUGH,
  /** Needs the token ids. */
  TOKEN_IDS,
  /** Experts choose tokens, as many as the capacity says. */
  EXPERTS_CHOOSE,
  /** Every expert sees every token: there is no capacity, and nothing is dropped. */
  EVERY_TOKEN,
  /** Experts compute weighted means of the tokens, their slots. */
  SLOTS,
  /** Adapts its bias to the scores of a batch, not to the counts of tokens per expert. */
  ADAPTS_TO_SCORES,
  /** Needs each sequence more than once in a batch. */
  REPEATED_SEQUENCES
}
