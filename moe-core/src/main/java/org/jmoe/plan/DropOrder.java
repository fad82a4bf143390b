package org.jmoe.plan;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/** Who is served first when an expert is full; equals go by lowest token, then lowest choice. */
public enum DropOrder {
  /** All first choices in token order, then all second ones (GShard, Switch, V-MoE). */
  K_MAJOR {
    @Override
    NDArray order(NDArray choice, NDArray scores, Seed seed) {
      return choice.transpose().flatten(); // (K * T)
    }
  },
  /** As {@link #K_MAJOR}, tokens of larger first score before others (Riquelme et al. 2021). */
  BATCH_PRIORITISED {
    @Override
    NDArray order(NDArray choice, NDArray scores, Seed seed) {
      NDArray keys = Ops.cast(scores.stopGradient(), DataType.FLOAT32); // (T, K)
      NDArray first = keys.get(new NDIndex(":, 0")); // (T)
      NDArray tokens = Ops.stableSort(first, true).get(1); // (T) of token
      return Ops.rows(choice, tokens).transpose().flatten(); // (K * T)
    }
  },
  /** Tokens in order, each with all its choices (MegaBlocks, DeepSpeed top-k). */
  TOKEN_MAJOR {
    @Override
    NDArray order(NDArray choice, NDArray scores, Seed seed) {
      return choice.flatten(); // (T * K)
    }
  },
  /** Choices of larger score before others (Megatron-LM {@code probs}). */
  PROBABILITY {
    @Override
    NDArray order(NDArray choice, NDArray scores, Seed seed) {
      NDArray keys = Ops.cast(scores.stopGradient(), DataType.FLOAT32); // (T, K)
      return Ops.stableSort(keys.flatten(), true).get(1); // (T * K)
    }
  },
  /** At random, a function of the seed (DeepSpeed's random token selection). */
  RANDOM {
    @Override
    NDArray order(NDArray choice, NDArray scores, Seed seed) {
      return Ops.stableSort(Ops.uniform(scores.stopGradient().flatten(), seed), true).get(1);
    }
  };

  /**
   * The choices in the order in which they are served.
   *
   * @param choice (T, K) the numbers {@code t * K + k}
   * @param scores (T, K) of the choices
   * @return (T * K) permutation
   */
  abstract NDArray order(NDArray choice, NDArray scores, Seed seed);

  /**
   * Whether the slots of those served are handed out anew in token order: where a score or a draw
   * decides who stays, the systems fill the slots by a running count over the tokens (DeepSpeed's
   * and Megatron-LM's masks).
   */
  public boolean slotsInTokenOrder() {
    return this == PROBABILITY || this == RANDOM;
  }

  /**
   * The rank of each choice among those of the same expert.
   *
   * @param experts (T, K) of int64
   * @param scores (T, K), what {@link #BATCH_PRIORITISED} and {@link #PROBABILITY} go by
   * @param seed what {@link #RANDOM} draws from
   * @return (T, K) of int64
   */
  public NDArray rank(NDArray experts, NDArray scores, Seed seed) {
    NDArray choice = Ops.positions(experts); // (T, K)
    return Ops.rank(experts, order(choice, scores, seed));
  }
}
