package org.jmoe.routing.top2;

/** When a top-2 gate sends a token to its second expert. */
public enum SecondExpert {
  /** Always. */
  ALL,
  /** With a probability that grows with its gate. */
  RANDOM,
  /** Always, but the expert is drawn from the softmax over the others. */
  SAMPLING
}
