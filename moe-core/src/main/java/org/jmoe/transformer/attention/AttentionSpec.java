package org.jmoe.transformer.attention;

import org.jmoe.tensor.Seed;

/**
 * Settings of a layer's attention: a record nested in the class that it builds. Custom attention
 * implements this interface and is selected in JSON by its {@code type}.
 */
public interface AttentionSpec {
  /**
   * Builds the attention.
   *
   * @param seed for the name and initial weights of the attention
   */
  SelfAttention build(BlockContext context, Seed seed);

  /**
   * Checks that the settings fit a model.
   *
   * @param dim width D of the tokens
   * @param causal whether tokens attend only to themselves and earlier tokens
   * @throws IllegalArgumentException with the invalid setting and a fix
   */
  default void requireFits(int dim, boolean causal) {}

  /** Returns the number of query heads H, which tensor parallelism shards. */
  int heads();

  /** Returns the size of the sliding window, including a token's own position; 0 for unlimited. */
  default int window() {
    return 0;
  }

  /** Returns whether positions depend on a sequence's length, for lengths up to a maximum. */
  default boolean dependsOnLength(int maximum) {
    return false;
  }

  /** Returns the number of parameters for tokens of width D. */
  long parameters(int dim);

  /** Returns the shape of the key/value cache per position. */
  CacheShape cacheShape(int dim);

  /** Returns the multiply-adds per token and attended position of the two attention matmuls. */
  long multiplyAddsPerPosition(int dim);

  /** Returns the activations per token kept for backward; scores are recomputed. */
  long activations(int dim);
}
