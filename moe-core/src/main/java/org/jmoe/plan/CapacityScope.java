package org.jmoe.plan;

import com.google.common.base.Preconditions;

/**
 * The tokens that share the slots of an expert: each sequence in Hugging Face's Switch, groups of a
 * fixed size in V-MoE and flaxformer, the whole batch of a rank in Megatron-LM and DeepSpeed. The
 * same formula drops different tokens under different scopes.
 *
 * @param kind how the batch is divided
 * @param size tokens per group; 0 for other kinds
 */
public record CapacityScope(Kind kind, int size) {
  /** How a batch is divided. */
  public enum Kind {
    /** Not divided: all tokens share the slots. */
    BATCH,
    /** Each sequence has its own slots. */
    SEQUENCE,
    /** Each group of a fixed number of tokens has its own slots. */
    GROUP
  }

  /** Checks the size. */
  public CapacityScope {
    Preconditions.checkArgument(
        kind == Kind.GROUP ? size >= 1 : size == 0,
        "capacity scope %s does not accept a group size of %s",
        kind,
        size);
  }

  /** Returns a scope in which all tokens share the slots. */
  public static CapacityScope batch() {
    return new CapacityScope(Kind.BATCH, 0);
  }

  /** Returns a scope in which each sequence has its own slots. */
  public static CapacityScope sequence() {
    return new CapacityScope(Kind.SEQUENCE, 0);
  }

  /** Returns a scope in which each group of tokens has its own slots. */
  public static CapacityScope group(int tokens) {
    return new CapacityScope(Kind.GROUP, tokens);
  }

  /**
   * Returns the number of parts into which a batch is divided.
   *
   * @throws IllegalArgumentException if the group size does not divide the number of tokens
   */
  public long parts(long tokens, long sequences) {
    return switch (kind) {
      case BATCH -> 1;
      case SEQUENCE -> sequences;
      case GROUP -> {
        Preconditions.checkArgument(
            tokens % size == 0,
            "the capacity group size %s must divide the %s tokens of a batch",
            size,
            tokens);
        yield Math.max(1, tokens / size);
      }
    };
  }
}
