package org.jmoe.plan;

import com.google.common.base.Preconditions;

/**
 * The tokens that share an expert's slots. Hugging Face's Switch counts each sequence by itself,
 * V-MoE and flaxformer groups of a fixed size, Megatron-LM and DeepSpeed the whole batch of a rank:
 * the same formula drops different tokens.
 *
 * @param kind what divides the batch
 * @param size tokens of a group; 0 otherwise
 */
public record CapacityScope(Kind kind, int size) {
  /** What divides a batch. */
  public enum Kind {
    /** Nothing: the batch shares the slots. */
    BATCH,
    /** Each sequence has slots of its own. */
    SEQUENCE,
    /** Each group of a fixed number of tokens has. */
    GROUP
  }

  /** Checks the size. */
  public CapacityScope {
    Preconditions.checkArgument(
        kind == Kind.GROUP ? size >= 1 : size == 0,
        "a capacity scope of kind %s cannot have groups of %s tokens",
        kind,
        size);
  }

  /** All tokens share the slots. */
  public static CapacityScope batch() {
    return new CapacityScope(Kind.BATCH, 0);
  }

  /** Every sequence has slots of its own. */
  public static CapacityScope sequence() {
    return new CapacityScope(Kind.SEQUENCE, 0);
  }

  /** Every group of so many tokens has slots of its own. */
  public static CapacityScope group(int tokens) {
    return new CapacityScope(Kind.GROUP, tokens);
  }

  /**
   * Into how many parts the tokens fall.
   *
   * @throws IllegalArgumentException when they do not fall evenly
   */
  public long parts(long tokens, long sequences) {
    return switch (kind) {
      case BATCH -> 1;
      case SEQUENCE -> sequences;
      case GROUP -> {
        Preconditions.checkArgument(
            tokens % size == 0,
            "capacity groups of %s tokens must divide the %s tokens of a batch",
            size,
            tokens);
        yield Math.max(1, tokens / size);
      }
    };
  }
}
