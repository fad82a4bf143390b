package org.jmoe.layer;

/**
 * A shared expert, applied to every token in addition to the routed experts.
 *
 * @param expert settings of the expert
 * @param mix how its output is combined with theirs
 */
public record SharedSpec(ExpertsSpec expert, Mix mix) {
  /** Combination of the shared output s with the routed output y. */
  public enum Mix {
    /** {@code y + s} (DeepSeekMoE, Dai et al. 2024, equation 9). */
    SUM,
    /** {@code y + sigmoid(x v) s} (Qwen2-MoE; Hugging Face {@code qwen2_moe}). */
    GATED,
    /** {@code c_1 y + c_2 s} with {@code c = softmax(x W)} (PR-MoE, Rajbhandari et al. 2022). */
    RESIDUAL,
    /**
     * {@code g y + (1 - g) s} with {@code g = sigmoid(x v)} (conditional MoE routing, fairseq CMR).
     */
    EITHER;

    /** Returns the number of columns of the mixing weight. */
    int columns() {
      return switch (this) {
        case SUM -> 0;
        case GATED, EITHER -> 1;
        case RESIDUAL -> 2;
      };
    }
  }

  /** Returns the number of parameters for tokens of width D. */
  public long parameters(int dim) {
    return expert.parameters(dim, 1) + (long) mix.columns() * dim;
  }
}
