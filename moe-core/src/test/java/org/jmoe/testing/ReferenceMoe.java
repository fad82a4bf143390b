package org.jmoe.testing;

import java.util.Comparator;
import java.util.stream.IntStream;
import org.jmoe.plan.DropOrder;

/**
 * The MoE layer in plain loops over doubles: the executable specification for all faster
 * implementations. Arrays are indexed [token][..]; a choice has the index {@code t * K + k}.
 */
public final class ReferenceMoe {
  private ReferenceMoe() {}

  /** {@code y_t = sum_k w_tk E_e(x_t)} over the kept choices. */
  public static double[][] combine(
      double[][] x,
      int[][] choices,
      double[][] weights,
      boolean[][] kept,
      ReferenceFeedForward[] experts) {
    double[][] y = new double[x.length][x[0].length];
    for (int t = 0; t < x.length; t++) {
      for (int k = 0; k < choices[t].length; k++) {
        if (kept[t][k]) {
          double[] out = experts[choices[t][k]].of(x[t]);
          for (int d = 0; d < out.length; d++) {
            y[t][d] += weights[t][k] * out[d];
          }
        }
      }
    }
    return y;
  }

  /** {@code softmax(x W)} over the experts. */
  public static double[][] probabilities(double[][] x, double[][] gate) {
    double[][] probs = new double[x.length][gate[0].length];
    for (int t = 0; t < x.length; t++) {
      double sum = 0;
      for (int e = 0; e < probs[t].length; e++) {
        double logit = 0;
        for (int d = 0; d < gate.length; d++) {
          logit += x[t][d] * gate[d][e];
        }
        probs[t][e] = Math.exp(logit);
        sum += probs[t][e];
      }
      for (int e = 0; e < probs[t].length; e++) {
        probs[t][e] /= sum;
      }
    }
    return probs;
  }

  /** The k largest of each row, largest first; ties go to the lower index. */
  public static int[][] topK(double[][] scores, int k) {
    int[][] top = new int[scores.length][];
    for (int t = 0; t < scores.length; t++) {
      double[] row = scores[t];
      top[t] = sorted(row.length, e -> -row[e]).limit(k).toArray();
    }
    return top;
  }

  /** The scores of the choices, optionally divided by their sum. */
  public static double[][] weights(double[][] probs, int[][] choices, boolean normalise) {
    double[][] weights = new double[choices.length][choices[0].length];
    for (int t = 0; t < choices.length; t++) {
      double sum = 0;
      for (int k = 0; k < choices[t].length; k++) {
        weights[t][k] = probs[t][choices[t][k]];
        sum += weights[t][k];
      }
      for (int k = 0; normalise && k < choices[t].length; k++) {
        weights[t][k] /= sum;
      }
    }
    return weights;
  }

  /**
   * Returns the choices in order of priority.
   *
   * @param draws one value per choice, larger first, for {@link DropOrder#RANDOM}
   */
  public static int[] byPriority(DropOrder order, double[][] scores, double[] draws) {
    int tokens = scores.length;
    int k = scores[0].length;
    return switch (order) {
      case TOKEN_MAJOR -> IntStream.range(0, tokens * k).toArray();
      case K_MAJOR -> sorted(tokens * k, i -> i % k).toArray();
      case BATCH_PRIORITISED -> {
        int[] byScore = sorted(tokens, t -> -scores[t][0]).toArray();
        yield IntStream.range(0, tokens * k)
            .map(i -> byScore[i % tokens] * k + i / tokens)
            .toArray();
      }
      case PROBABILITY -> sorted(tokens * k, i -> -scores[i / k][i % k]).toArray();
      case RANDOM -> sorted(tokens * k, i -> -draws[i]).toArray();
    };
  }

  /** Returns the rank of each choice among those of its expert, in order of priority. */
  public static int[][] ranks(int[][] choices, int[] order) {
    int k = choices[0].length;
    int[][] ranks = new int[choices.length][k];
    for (int i = 0; i < order.length; i++) {
      for (int j = 0; j < i; j++) {
        if (choices[order[j] / k][order[j] % k] == choices[order[i] / k][order[i] % k]) {
          ranks[order[i] / k][order[i] % k]++;
        }
      }
    }
    return ranks;
  }

  /** Returns which choices have a rank below the capacity. */
  public static boolean[][] kept(int[][] choices, int[][] ranks, int capacity) {
    boolean[][] kept = new boolean[choices.length][choices[0].length];
    for (int t = 0; t < choices.length; t++) {
      for (int k = 0; k < choices[t].length; k++) {
        kept[t][k] = choices[t][k] >= 0 && ranks[t][k] < capacity;
      }
    }
    return kept;
  }

  /** Returns 0 to count - 1 in ascending order of key; stable. */
  private static IntStream sorted(int count, KeyOf key) {
    return IntStream.range(0, count)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> key.of(i) + 0.0)) // -0 equals 0
        .mapToInt(Integer::intValue);
  }

  @FunctionalInterface
  private interface KeyOf {
    double of(int i);
  }
}
