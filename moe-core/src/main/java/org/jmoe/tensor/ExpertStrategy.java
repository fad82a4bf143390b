package org.jmoe.tensor;

/**
 * How stacked experts are applied to rows sorted by expert. All strategies agree to rounding, and
 * each is bit-exact on repetition.
 */
public enum ExpertStrategy {
  /**
   * {@link #PADDED} if the largest group exceeds the mean by at most 24 rows and there is no
   * dropout, otherwise {@link #GROUPED}. The measurements are in docs/benchmarks.md.
   */
  CHEAPEST(0),
  /** One matmul per expert, with the stack unbound once (grouped, as in MegaBlocks). */
  GROUPED(1),
  /** Groups padded to the largest, one batched matmul for all experts. */
  PADDED(2),
  /** One expert after another, each indexed from the stack. Slow in backward; the reference. */
  LOOP(3);

  private final int code;

  ExpertStrategy(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
