package org.jmoe.routing.loss;

/** What a published balance loss makes of padding. */
public enum PaddingRule {
  /** Padding is as if it were not there: in no sum and in no number of tokens. */
  REMOVED,
  /**
   * Padding is in no sum but in the number of tokens, so that the loss shrinks by the square of the
   * share of real tokens (flaxformer's masked router; lingvo's and Mesh TensorFlow's gates).
   */
  COUNTED,
  /** Padding has no probability but chooses like any token (flaxformer's scatter router). */
  CHOOSING
}
