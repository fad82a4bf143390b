package org.jmoe.transformer;

import org.jmoe.tensor.Seed;

/**
 * Settings of a layer's attention, as a value: the record nested in the class that it builds. An
 * attention of one's own implements this interface and is named in JSON by its {@code type}.
 */
public interface AttentionSpec {
  /**
   * Builds the attention.
   *
   * @param seed names the attention and its initial weights
   */
  SelfAttention build(BlockContext context, Seed seed);

  /**
   * Checks that the settings suit a model.
   *
   * @param dim width D of the tokens
   * @param causal whether a token sees only earlier ones and itself
   * @throws IllegalArgumentException naming the fix
   */
  default void requireFits(int dim, boolean causal) {}

  /** Query heads H, among which tensor parallelism divides the work. */
  int heads();

  /** How many positions back a token sees, its own included; 0 for all. */
  default int window() {
    return 0;
  }

  /** Number of parameters for tokens of width D. */
  long parameters(int dim);

  /** What a cache keeps of each position. */
  CacheShape cacheShape(int dim);

  /** Multiply-adds per token of the two matmuls with each position seen. */
  long productsPerPosition(int dim);

  /** Activations per token kept for the backward pass; scores are recomputed. */
  long activations(int dim);
}
