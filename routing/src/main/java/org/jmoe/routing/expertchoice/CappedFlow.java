package org.jmoe.routing.expertchoice;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * A transportation problem of T tokens and few experts, solved by successive shortest paths: every
 * expert starts with its best C tokens, and each place above a token's cap is given up along the
 * path over experts that costs least, in which each expert takes a token in place of another. All
 * paths are shortest, so the sum of the scores stays the largest there is.
 */
final class CappedFlow {
  private static final double TIE = 1e-12; // costs nearer than this are equal
  private static final int NOBODY = -1;

  /** A token that an expert may take, and what that costs. */
  private record Offer(double cost, int token) {}

  private static final Comparator<Offer> CHEAPEST =
      Comparator.comparingDouble(Offer::cost).thenComparingInt(Offer::token);

  private final double[][] scores; // (T, E)
  private final int experts;
  private final int cap;
  private final boolean[][] taken; // (T, E)
  private final int[] load; // (T), experts of each token
  private final PriorityQueue<Offer>[] free; // (E), tokens below their cap
  private final PriorityQueue<Offer>[][] swaps; // (E, F), tokens that F would leave to E

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
   * Which experts take which tokens.
   *
   * @param scores (T, E)
   * @param slots tokens of each expert, at most T
   * @param cap most experts per token
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

  /** Offers a token to every expert that does not have it. */
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

  /** Takes one expert from a token above its cap. */
  private void release(int token) {
    double[] cost = new double[experts]; // of an expert that lacks one token
    int[] before = new int[experts]; // the expert whose token it gave up
    Arrays.fill(before, NOBODY);
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
    int end = NOBODY;
    double least = Double.POSITIVE_INFINITY;
    for (int e = 0; e < experts; e++) {
      Offer last = free(e);
      double total = last == null ? Double.POSITIVE_INFINITY : cost[e] + last.cost();
      if (total < least - TIE) {
        least = total;
        end = e;
      }
    }
    Offer last = end == NOBODY ? null : free(end);
    if (last == null) { // nobody has room: the cheapest expert keeps an empty slot
      for (int e = 0; e < experts; e++) {
        end = cost[e] < least - TIE ? e : end;
        least = Math.min(least, cost[e]);
      }
    }
    move(token, end, last, before);
  }

  private void move(int token, int end, @Nullable Offer last, int[] before) {
    Deque<int[]> changes =
        new ArrayDeque<>(); // token, expert that takes it or NOBODY, that loses it
    if (last != null) {
      changes.push(new int[] {last.token(), end, NOBODY});
    }
    int e = end;
    for (; before[e] != NOBODY; e = before[e]) {
      Offer swap = swap(before[e], e);
      changes.push(new int[] {swap == null ? NOBODY : swap.token(), before[e], e});
    }
    changes.push(new int[] {token, NOBODY, e});
    for (int[] change : changes) {
      set(change[0], change[1], true);
      set(change[0], change[2], false);
    }
    changes.forEach(change -> offer(change[0]));
  }

  private void set(int token, int expert, boolean value) {
    if (expert != NOBODY) {
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
