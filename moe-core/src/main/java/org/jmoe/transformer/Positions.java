package org.jmoe.transformer;

/** How a model knows where a token stands. */
public enum Positions {
  /** A learned vector for each position, added to the embedding. */
  LEARNED,
  /** Rotated queries and keys (Su et al. 2021), base 10000. */
  ROTARY
}
