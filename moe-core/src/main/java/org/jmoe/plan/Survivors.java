package org.jmoe.plan;

/** How the weights of a token change when some of its choices are dropped by a capacity. */
public enum Survivors {
  /** Unchanged: the token keeps less than its full weight (V-MoE, Tutel, Megatron-LM). */
  UNCHANGED,
  /**
   * Divided by their sum, so that a single surviving choice has weight 1 (DeepSpeed top-2 and
   * top-k; fairseq and NLLB after dropping). The sum is clamped to at least the float32 machine
   * epsilon.
   */
  RENORMALISED
}
