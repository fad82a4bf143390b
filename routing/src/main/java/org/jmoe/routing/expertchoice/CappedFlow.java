package org.jmoe.routing.expertchoice;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * A transportation problem of T tokens and few experts, solved by successive shortest paths. Each
 * expert starts with its best C tokens. Each assignment above a token's cap is then removed along
 * the lowest-cost path over experts, on which each expert swaps one token for another. Because all
 * paths are shortest, the sum of scores remains maximal.
 */
final class CappedFlow {
  private static final double TIE = 1e-12; // smaller cost differences are ties
  private static final int NONE = -1;

  /** A token an expert may take, and its cost. */
  private record Offer(double cost, int token) {}

  private static final Comparator<Offer> CHEAPEST =
      Comparator.comparingDouble(Offer::cost).thenComparingInt(Offer::token);

  private final double[][] scores; // (T, E)
  private final int experts;
  private final int cap;
  private final boolean[][] taken; // (T, E)
  private final int[] load; // (T), experts per token
  private final PriorityQueue<Offer>[] free; // (E), tokens below their cap
  private final PriorityQueue<Offer>[][] swaps; // (E, F), tokens that may move from F to E

  private CappedFlow(double[][] scores, int experts, int cap) {
    this.scores = scores;
    this.experts = experts;
    this.cap = cap;
    taken = new boolean[scores.length][experts];
    load = new int[scores.length];
    free = queues(experts);
    @SuppressWarnings({"unchecked", "rawtypes"}) // arrays of generic type
    PriorityQueue<Offer>[][] rows = new PriorityQueue[experts][];
    Arrays.setAll(rows, e -> queues(experts));
    swaps = rows;
  }

  private static PriorityQueue<Offer>[] queues(int count) {
    @SuppressWarnings({"unchecked", "rawtypes"}) // arrays of generic type
    PriorityQueue<Offer>[] queues = new PriorityQueue[count];
    Arrays.setAll(queues, e -> new PriorityQueue<>(CHEAPEST));
    return queues;
  }

  /**
   * Returns which experts take which tokens.
   *
   * @param scores (T, E)
   * @param slots tokens per expert, at most T
   * @param cap maximum number of experts per token
   * @return (T, E)
   */
  static boolean[][] of(double[][] scores, int experts, int slots, int cap) {
    CappedFlow flow = new CappedFlow(scores, experts, cap);
    flow.takeBest(slots);
    for (int token = 0; token < scores.length; token++) {
      flow.offer(token);
    }
    for (int token = 0; token < scores.length; token++) {
      while (flow.load[token] > cap) {
        flow.release(token);
      }
    }
    return flow.taken;
  }

  private void takeBest(int slots) {
    Integer[] order = new Integer[scores.length];
    for (int e = 0; e < experts; e++) {
      int expert = e;
      Arrays.setAll(order, t -> t);
      Arrays.sort(order, Comparator.comparingDouble(t -> -scores[t][expert])); // stable
      for (int i = 0; i < slots; i++) {
        taken[order[i]][e] = true;
        load[order[i]]++;
      }
    }
  }

  /** Offers a token to all experts that do not have it. */
  private void offer(int token) {
    for (int e = 0; e < experts; e++) {
      for (int f = 0; f < experts && !taken[token][e]; f++) {
        if (taken[token][f]) {
          swaps[e][f].add(new Offer(scores[token][f] - scores[token][e], token));
        }
      }
      if (!taken[token][e] && load[token] < cap) {
        free[e].add(new Offer(-scores[token][e], token));
      }
    }
  }

  /** Removes one expert from a token above its cap. */
  private void release(int token) {
    double[] cost = new double[experts]; // of reaching an expert that lacks one token
    int[] before = new int[experts]; // the previous expert on the path
    Arrays.fill(before, NONE);
    for (int e = 0; e < experts; e++) {
      cost[e] = taken[token][e] ? scores[token][e] : Double.POSITIVE_INFINITY;
    }
    boolean changed = true;
    for (int round = 0; changed && round < experts; round++) {
      changed = false;
      for (int e = 0; e < experts; e++) {
        for (int f = 0; f < experts && cost[e] < Double.POSITIVE_INFINITY; f++) {
          Offer swap = e == f ? null : swap(e, f);
          if (swap != null && cost[e] + swap.cost() < cost[f] - TIE) {
            cost[f] = cost[e] + swap.cost();
            before[f] = e;
            changed = true;
          }
        }
      }
    }
    int end = NONE;
    double lowest = Double.POSITIVE_INFINITY;
    for (int e = 0; e < experts; e++) {
      Offer last = free(e);
      double total = last == null ? Double.POSITIVE_INFINITY : cost[e] + last.cost();
      if (total < lowest - TIE) {
        lowest = total;
        end = e;
      }
    }
    Offer last = end == NONE ? null : free(end);
    if (last == null) { // no expert has a free token: leave a slot empty
      for (int e = 0; e < experts; e++) {
        end = cost[e] < lowest - TIE ? e : end;
        lowest = Math.min(lowest, cost[e]);
      }
    }
    move(token, end, last, before);
  }

  private void move(int token, int end, @Nullable Offer last, int[] before) {
    Deque<int[]> changes =
        new ArrayDeque<>(); // token, expert that gains it or NONE, expert that loses it or NONE
    if (last != null) {
      changes.push(new int[] {last.token(), end, NONE});
    }
    int e = end;
    for (; before[e] != NONE; e = before[e]) {
      Offer swap = swap(before[e], e);
      changes.push(new int[] {swap == null ? NONE : swap.token(), before[e], e});
    }
    changes.push(new int[] {token, NONE, e});
    for (int[] change : changes) {
      set(change[0], change[1], true);
      set(change[0], change[2], false);
    }
    changes.forEach(change -> offer(change[0]));
  }

  private void set(int token, int expert, boolean value) {
    if (expert != NONE) {
      taken[token][expert] = value;
      load[token] += value ? 1 : -1;
    }
  }

  private @Nullable Offer swap(int e, int f) {
    PriorityQueue<Offer> queue = swaps[e][f];
    Offer best = queue.peek();
    while (best != null && (taken[best.token()][e] || !taken[best.token()][f])) {
      queue.poll();
      best = queue.peek();
    }
    return best;
  }

  private @Nullable Offer free(int e) {
    PriorityQueue<Offer> queue = free[e];
    Offer best = queue.peek();
    while (best != null && (taken[best.token()][e] || load[best.token()] >= cap)) {
      queue.poll();
      best = queue.peek();
    }
    return best;
  }
}
