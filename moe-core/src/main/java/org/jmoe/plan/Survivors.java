package org.jmoe.plan;

/** What the weights of a token become when it lost some of its experts to a capacity. */
public enum Survivors {
  /** As they were: the token keeps less than its full weight (V-MoE, Tutel, Megatron-LM). */
  UNCHANGED,
  /**
   * Divided by their sum, so that a lone survivor weighs 1 (DeepSpeed top-2 and top-k, fairseq and
   * NLLB after dropping); a sum below the least step of float32 at 1 counts as that step.
   */
  RENORMALISED
}
