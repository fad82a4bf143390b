package org.jmoe.transformer.attention;

/** Axes over which queries and keys are normalized. */
public enum QueryNorm {
  /** Not normalized. */
  NONE,
  /** Each head (Qwen3). */
  HEAD,
  /** All heads together (OLMoE). */
  ALL
}
