package org.jmoe.transformer;

import java.util.List;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/** What a {@link LanguageModel} is built from. */
public interface ModelSpec {
  /** Number of token ids V. */
  int vocabulary();

  /** Longest sequence that the model was made for. */
  int context();

  /** Number of blocks. */
  int layers();

  /** Width D. */
  int dim();

  /** Which normalisation ends the model. */
  Norm.Kind norm();

  /** What its denominator is raised by. */
  default double epsilon() {
    return Norm.EPSILON;
  }

  /** How a model knows where a token stands. */
  Positions positions();

  /** Whether a token sees only those before it. */
  boolean causal();

  /** Whether any layer is an MoE layer. */
  boolean hasMoe();

  /** Whether the output product is the embedding's transpose. */
  boolean tied();

  /** Whether sequences longer than the context are computed too, as rotary positions allow. */
  default boolean goesBeyondContext() {
    return false;
  }

  /** Low-rank changes of the model's frozen weights; null for none. */
  default LowRank.@Nullable Spec lowRank() {
    return null;
  }

  /** Builds the model; parameters are named and drawn below the seed. */
  default LanguageModel build(Seed seed) {
    return new LanguageModel(this, seed);
  }

  /** Builds a block. */
  DecoderBlock block(int layer, Seed seed);

  /** What a cache keeps of each position, layer by layer. */
  List<CacheShape> cacheShapes();

  /** All parameters. */
  long parameters();

  /** Parameters that take part in computing one token, embeddings included. */
  long activeParameters();
}
