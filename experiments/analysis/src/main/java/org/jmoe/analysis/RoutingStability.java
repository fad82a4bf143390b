package org.jmoe.analysis;

import com.google.common.base.Preconditions;
import java.util.Arrays;
import java.util.List;

/**
 * Agreement of the routing of two checkpoints on the same tokens (StableMoE, Dai et al. 2022,
 * section 2.2, calls a change routing fluctuation).
 *
 * @param layer path of the layer
 * @param from step of the earlier checkpoint
 * @param to step of the later checkpoint
 * @param sameTokens fraction of tokens with the same set of experts
 * @param keptChoices fraction of the earlier checkpoint's choices that the later one repeats
 * @param chance expected {@code keptChoices} if the later checkpoint chose at random with its own
 *     loads
 */
public record RoutingStability(
    String layer, long from, long to, double sameTokens, double keptChoices, double chance) {

  /**
   * Compares the experts of the same tokens.
   *
   * @param before experts of each token in the earlier checkpoint, -1 for none
   * @param after experts of each token in the later checkpoint
   */
  static RoutingStability of(
      String layer, int experts, long from, List<int[]> before, long to, List<int[]> after) {
    Preconditions.checkArgument(
        before.size() == after.size(),
        "both checkpoints must route the same tokens, got %s and %s",
        before.size(),
        after.size());
    long[] load = new long[experts];
    long[] loadAfter = new long[experts];
    long same = 0;
    long kept = 0;
    long choices = 0;
    for (int t = 0; t < before.size(); t++) {
      long[] one = set(before.get(t), experts, load);
      long[] two = set(after.get(t), experts, loadAfter);
      same += Arrays.equals(one, two) ? 1 : 0;
      for (int word = 0; word < one.length; word++) {
        kept += Long.bitCount(one[word] & two[word]);
        choices += Long.bitCount(one[word]);
      }
    }
    double chance = 0;
    double tokens = Math.max(1, before.size());
    for (int e = 0; e < experts; e++) {
      chance += choices == 0 ? 0 : (double) load[e] / choices * (loadAfter[e] / tokens);
    }
    return new RoutingStability(
        layer, from, to, same / tokens, choices == 0 ? 0 : (double) kept / choices, chance);
  }

  private static long[] set(int[] chosen, int experts, long[] load) {
    long[] words = new long[(experts + Long.SIZE - 1) / Long.SIZE];
    for (int expert : chosen) {
      if (expert >= 0) {
        long bit = 1L << expert % Long.SIZE;
        load[expert] += (words[expert / Long.SIZE] & bit) == 0 ? 1 : 0;
        words[expert / Long.SIZE] |= bit;
      }
    }
    return words;
  }
}
