package org.jmoe.tensor;

/**
 * How the rows of a stack's experts, sorted by expert, are multiplied. All give the same numbers up
 * to rounding; each by itself gives the same bits on every repeat.
 */
public enum ExpertStrategy {
  /**
   * {@link #PADDED} while the largest group has at most 24 rows more than the mean and there is no
   * dropout, otherwise {@link #GROUPED}: the measurements behind the rule are in
   * docs/benchmarks.md.
   */
  CHEAPEST(0),
  /** One product for each expert, its weights unbound from the stack once (MegaBlocks' grouped). */
  GROUPED(1),
  /** Groups filled up to the largest, all experts in one batched product. */
  PADDED(2),
  /** One expert after another, each indexed out of the stack: slow in backward, kept as oracle. */
  LOOP(3);

  private final int code;

  ExpertStrategy(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
