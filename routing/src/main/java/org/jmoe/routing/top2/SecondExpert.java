package org.jmoe.routing.top2;

/** Policy of a top-2 gate for the second expert. */
public enum SecondExpert {
  /** Always used. */
  ALL,
  /** Used with a probability that increases with its gate. */
  RANDOM,
  /** Always used, but sampled from the softmax over the other experts. */
  SAMPLING
}
