package org.jmoe.routing.loss;

/** Treatment of padding by a published balance loss. */
public enum PaddingRule {
  /** Padding is excluded from sums and from the number of tokens. */
  REMOVED,
  /**
   * Padding is excluded from sums but included in the number of tokens, so the loss shrinks by the
   * square of the share of real tokens (flaxformer's masked router; lingvo's and Mesh TensorFlow's
   * gates).
   */
  COUNTED,
  /** Padding has zero probability but its choices are counted (flaxformer's scatter router). */
  CHOOSING
}
