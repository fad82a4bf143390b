package org.jmoe.routing;

import ai.djl.ndarray.NDArray;
import com.google.common.base.Preconditions;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/**
 * Experts in groups of neighbours, of which a token may use some.
 *
 * @param count groups G, dividing the experts
 * @param kept groups a token may use
 */
public record Groups(int count, int kept) {
  /** Checks the numbers. */
  public Groups {
    Preconditions.checkArgument(count >= 1, "groups must be at least 1, not %s", count);
    Preconditions.checkArgument(
        kept >= 1 && kept <= count,
        "groupsKept must be between 1 and groups = %s, not %s",
        count,
        kept);
  }

  /** One group of all experts: no limit. */
  public static Groups none() {
    return new Groups(1, 1);
  }

  /** Checks that the kept groups have as many experts as a token wants. */
  public void require(int experts, int k) {
    Preconditions.checkArgument(
        experts % count == 0, "groups = %s must divide the %s experts", count, experts);
    Preconditions.checkArgument(
        k <= experts / count * kept,
        "k = %s is more than the %s experts of groupsKept = %s groups",
        k,
        experts / count * kept,
        kept);
  }

  /**
   * Scores (T, E) with those of the other groups replaced.
   *
   * @param best experts of a group whose sum is its score
   */
  public NDArray limit(NDArray scores, int best, double fill) {
    return kept == count ? scores : RoutingOps.limitGroups(scores, count, kept, best, fill);
  }

  /**
   * The experts (T, K) of largest rank among those of a token's best groups.
   *
   * @param rank (T, E)
   * @param best experts of a group whose sum is its score
   */
  public NDArray top(NDArray rank, int best, int k) {
    return Ops.top(limit(rank, best, Double.NEGATIVE_INFINITY), k);
  }

  /** Experts of each group. */
  public int size(NDArray scores) {
    return Math.toIntExact(scores.getShape().get(1) / count);
  }
}
