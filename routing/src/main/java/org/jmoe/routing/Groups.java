package org.jmoe.routing;

import ai.djl.ndarray.NDArray;
import com.google.common.base.Preconditions;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/**
 * Groups of consecutive experts, of which a token may use some.
 *
 * @param count number of groups G, a divisor of the number of experts
 * @param kept number of groups a token may use
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

  /** Returns one group of all experts, i.e. no limit. */
  public static Groups none() {
    return new Groups(1, 1);
  }

  /** Checks that the groups divide the experts and the kept groups have at least k experts. */
  public void require(int experts, int k) {
    Preconditions.checkArgument(
        experts % count == 0, "groups = %s must divide experts = %s", count, experts);
    Preconditions.checkArgument(
        k <= experts / count * kept,
        "k = %s exceeds the %s experts in groupsKept = %s groups",
        k,
        experts / count * kept,
        kept);
  }

  /**
   * Masks the scores (T, E) of experts outside the best groups.
   *
   * @param best number of top experts summed for the score of a group
   */
  public NDArray limit(NDArray scores, int best, double fill) {
    return kept == count ? scores : RoutingOps.limitGroups(scores, count, kept, best, fill);
  }

  /**
   * Returns the k highest-ranked experts (T, K) within the best groups of each token.
   *
   * @param rank (T, E)
   * @param best number of top experts summed for the score of a group
   */
  public NDArray top(NDArray rank, int best, int k) {
    return Ops.top(limit(rank, best, Double.NEGATIVE_INFINITY), k);
  }

  /** Returns the number of experts per group. */
  public int size(NDArray scores) {
    return Math.toIntExact(scores.getShape().get(1) / count);
  }
}
