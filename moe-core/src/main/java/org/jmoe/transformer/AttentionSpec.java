package org.jmoe.transformer;

import org.jmoe.tensor.Seed;

/** Settings of a layer's attention, as a value: the record nested in the class that it builds. */
public interface AttentionSpec {
  /**
   * Builds the attention.
   *
   * @param dim width D of the tokens
   * @param layer its number, by which it finds its cache
   * @param seed names the attention and its initial weights
   */
  SelfAttention build(int dim, int layer, Seed seed);

  /** Number of parameters for tokens of width D. */
  long parameters(int dim);

  /** What a cache keeps of each position. */
  CacheShape cacheShape();

  /** Multiply-adds of the two products with each position seen. */
  long productsPerPosition();
}
