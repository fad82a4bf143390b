package org.jmoe.tensor;

/**
 * How the rows of a stack's experts, sorted by expert, are multiplied. All give the same numbers up
 * to rounding; each by itself gives the same bits on every repeat.
 */
public enum ExpertStrategy {
  /** {@link #PADDED} or {@link #GROUPED}, whichever {@link #resolve} takes for cheaper. */
  CHEAPEST(0),
  /** One product for each expert, its weights unbound from the stack once (MegaBlocks' grouped). */
  GROUPED(1),
  /** Groups filled up to the largest, all experts in one batched product. */
  PADDED(2),
  /** One expert after another, each indexed out of the stack: slow in backward, kept as oracle. */
  LOOP(3);

  private static final long MOST_PADDING = 24; // rows an expert

  private final int code;

  ExpertStrategy(int code) {
    this.code = code;
  }

  /**
   * What is done with groups whose largest is so large. Batched products share out the experts
   * among threads and cost few calls, but compute the padding: they win while the largest group has
   * at most some 24 rows more than the mean (docs/benchmarks.md has the measurements). Each
   * expert's dropout is a draw of its own, so groups with dropout stay apart.
   *
   * @param rows of all experts together
   */
  ExpertStrategy resolve(long rows, int experts, long largest, double dropout) {
    if (largest == 0) {
      return GROUPED;
    }
    if (this != CHEAPEST) {
      return this;
    }
    long padding = largest * experts - rows;
    return dropout == 0 && padding <= MOST_PADDING * experts ? PADDED : GROUPED;
  }

  int code() {
    return code;
  }
}
