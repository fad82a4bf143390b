package org.jmoe.plan;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import org.jmoe.tensor.ExpertOps;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/**
 * Priority of choices when an expert is full. Ties go to the lower token, then the lower choice.
 */
public enum DropOrder {
  /** All first choices in token order, then all second choices (GShard, Switch, V-MoE). */
  K_MAJOR {
    @Override
    NDArray order(NDArray choice, NDArray scores, Seed seed) {
      return choice.transpose().flatten(); // (K * T)
    }
  },
  /** As {@link #K_MAJOR}, with tokens in descending order of first score (Riquelme et al. 2021). */
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
  /** Choices in descending order of score (Megatron-LM {@code probs}). */
  PROBABILITY {
    @Override
    NDArray order(NDArray choice, NDArray scores, Seed seed) {
      NDArray keys = Ops.cast(scores.stopGradient(), DataType.FLOAT32); // (T, K)
      return Ops.stableSort(keys.flatten(), true).get(1); // (T * K)
    }
  },
  /** Random, a function of the seed (DeepSpeed's random token selection). */
  RANDOM {
    @Override
    NDArray order(NDArray choice, NDArray scores, Seed seed) {
      return Ops.stableSort(Ops.uniform(scores.stopGradient().flatten(), seed), true).get(1);
    }
  };

  /**
   * Returns the choices in order of priority.
   *
   * @param choice (T, K) the numbers {@code t * K + k}
   * @param scores (T, K) of the choices
   * @return (T * K) permutation
   */
  abstract NDArray order(NDArray choice, NDArray scores, Seed seed);

  /**
   * Returns whether the kept choices are assigned to slots in token order. In systems where a score
   * or a random draw decides which choices are kept, slots are numbered by a cumulative sum over
   * tokens (the masks of DeepSpeed and Megatron-LM).
   */
  public boolean slotsInTokenOrder() {
    return this == PROBABILITY || this == RANDOM;
  }

  /**
   * Ranks each choice among those of the same expert.
   *
   * @param experts (T, K) of int64
   * @param scores (T, K), used by {@link #BATCH_PRIORITISED} and {@link #PROBABILITY}
   * @param seed used by {@link #RANDOM}
   * @return (T, K) of int64
   */
  public NDArray rank(NDArray experts, NDArray scores, Seed seed) {
    NDArray choice = Ops.positions(experts); // (T, K)
    return ExpertOps.rank(experts, order(choice, scores, seed));
  }
}
