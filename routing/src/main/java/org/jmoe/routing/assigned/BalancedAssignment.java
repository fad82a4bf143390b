package org.jmoe.routing.assigned;

import java.util.Arrays;

/**
 * Assigns tokens to equally large experts with maximal sum of scores: exactly, by shortest
 * augmenting paths over the experts. With T tokens and E experts, each expert has at most {@code
 * ceil(T / E)} tokens. Ties prefer lower experts for earlier tokens.
 */
public final class BalancedAssignment {
  private final double[] scores; // (T, E)
  private final int experts;
  private final int capacity;
  private final long[] expertOf; // (T)
  private final int[][] members; // (E, C)
  private final int[] sizes; // (E)
  private final double[][] loss; // (E, E), minimum loss of moving a token between experts
  private final int[][] mover; // (E, E), the token moved at that loss

  private BalancedAssignment(double[] scores, int experts, int tokens) {
    this.scores = scores;
    this.experts = experts;
    capacity = (tokens + experts - 1) / experts;
    expertOf = new long[scores.length / experts];
    Arrays.fill(expertOf, -1);
    members = new int[experts][capacity];
    sizes = new int[experts];
    loss = new double[experts][experts];
    mover = new int[experts][experts];
    for (double[] row : loss) {
      Arrays.fill(row, Double.POSITIVE_INFINITY);
    }
  }

  /**
   * Returns the expert of each token.
   *
   * @param scores (T, E) in row-major order, finite
   * @param padding (T), true for tokens without an expert (-1); empty for none
   */
  public static long[] of(double[] scores, int experts, boolean[] padding) {
    int tokens = scores.length / experts;
    int real = tokens;
    for (boolean out : padding) {
      real -= out ? 1 : 0;
    }
    BalancedAssignment assignment = new BalancedAssignment(scores, experts, real);
    for (int token = 0; token < tokens; token++) {
      if (padding.length == 0 || !padding[token]) {
        assignment.add(token);
      }
    }
    return assignment.expertOf;
  }

  /** Bellman-Ford from the token to an expert with free capacity; each edge moves one token. */
  private void add(int token) {
    double[] cost = new double[experts];
    int[] from = new int[experts];
    for (int e = 0; e < experts; e++) {
      cost[e] = -score(token, e);
      from[e] = -1;
    }
    boolean changed = true;
    for (int round = 0; changed && round < experts; round++) {
      changed = false;
      for (int e = 0; e < experts; e++) {
        for (int f = 0; f < experts; f++) {
          if (e != f && cost[e] + loss[e][f] < cost[f] - 1e-12) {
            cost[f] = cost[e] + loss[e][f];
            from[f] = e;
            changed = true;
          }
        }
      }
    }
    int end = -1;
    for (int e = 0; e < experts; e++) {
      if (sizes[e] < capacity && (end < 0 || cost[e] < cost[end] - 1e-12)) {
        end = e;
      }
    }
    shift(token, end, from);
  }

  /** Moves one token along each edge of the path, last edge first, and inserts the new token. */
  private void shift(int token, int end, int[] from) {
    int to = end;
    while (from[to] >= 0) {
      int e = from[to];
      int moved = mover[e][to];
      remove(e, moved);
      insert(to, moved);
      to = e;
    }
    insert(to, token);
    int e = end;
    while (e >= 0) {
      refresh(e);
      e = from[e];
    }
  }

  private void remove(int expert, int token) {
    int[] list = members[expert];
    int at = 0;
    while (list[at] != token) {
      at++;
    }
    list[at] = list[--sizes[expert]];
  }

  private void insert(int expert, int token) {
    if (sizes[expert] == members[expert].length) {
      members[expert] = Arrays.copyOf(members[expert], sizes[expert] + 1);
    }
    members[expert][sizes[expert]++] = token;
    expertOf[token] = expert;
  }

  /**
   * Updates the cheapest token to move from an expert to each other expert; ties go to the lowest.
   */
  private void refresh(int expert) {
    for (int other = 0; other < experts; other++) {
      loss[expert][other] = Double.POSITIVE_INFINITY;
      for (int i = 0; other != expert && i < sizes[expert]; i++) {
        int token = members[expert][i];
        double lost = score(token, expert) - score(token, other);
        if (lost < loss[expert][other]
            || (lost == loss[expert][other] && token < mover[expert][other])) {
          loss[expert][other] = lost;
          mover[expert][other] = token;
        }
      }
    }
  }

  private double score(int token, int expert) {
    return scores[token * experts + expert];
  }
}
