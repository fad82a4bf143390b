package org.jmoe.routing.expertchoice;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Logits;
import org.jmoe.routing.expertchoice.TokenRoundingRouter.Rounding;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.RouterContract;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class TokenRoundingRouterTest extends RouterContract {
  private static final int N = 6; // experts
  private static final int T = 40;
  private static final int K = 2;
  private static final int TILE = 4;

  @Override
  protected RouterSpec spec(Capacity capacity) {
    return new TokenRoundingRouter.Spec(K, TILE, Rounding.NEAREST);
  }

  /** {@code forward_token_choice_rounding} of the authors' benchmark, with plain loops. */
  @ParameterizedTest
  @EnumSource(Rounding.class)
  void countsAreMultiplesOfTheTile(Rounding rounding) {
    NDArray logits = Logits.random(manager(), T, N, 5);
    RoutingSignals signals =
        routeLogits(
                new TokenRoundingRouter.Spec(K, TILE, rounding),
                logits,
                RouterContext.of(true, Seed.of(0)))
            .signals();
    double[][] expected = expected(logits, rounding);
    double[][] weights = new double[T][N];
    long[] choices = signals.choices().toLongArray();
    for (int i = 0; i < choices.length; i++) {
      if (choices[i] >= 0) {
        weights[i / N][(int) choices[i]] = signals.weights().getDouble(i / N, i % N);
      }
    }
    for (int t = 0; t < T; t++) {
      assertArrayEquals(expected[t], weights[t], 1e-12, "token " + t);
    }
    for (int e = 0; e < N; e++) {
      int expert = e;
      long count = Arrays.stream(choices).filter(c -> c == expert).count();
      assertEquals(0, count % TILE, "tokens of expert " + e);
    }
  }

  private static double[][] expected(NDArray logits, Rounding rounding) {
    double[][] score = new double[T][N];
    double[][] priority = new double[T][N];
    int[] frequency = new int[N];
    for (int t = 0; t < T; t++) {
      double[] p = new double[N];
      double sum = 0;
      for (int e = 0; e < N; e++) {
        p[e] = Math.exp(logits.getDouble(t, e));
        sum += p[e];
      }
      for (int e = 0; e < N; e++) {
        p[e] /= sum;
      }
      double[] sorted = p.clone();
      Arrays.sort(sorted);
      double top = sorted[N - 1] + sorted[N - 2];
      for (int e = 0; e < N; e++) {
        boolean chosen = p[e] >= sorted[N - K];
        score[t][e] = chosen ? p[e] / top : p[e];
        priority[t][e] = chosen ? score[t][e] : p[e] - 1;
        frequency[e] += chosen ? 1 : 0;
      }
    }
    double[][] kept = new double[T][N];
    for (int e = 0; e < N; e++) {
      double tiles = frequency[e] / (double) TILE;
      int count =
          TILE
              * (int)
                  switch (rounding) {
                    case NEAREST -> Math.rint(tiles);
                    case UP -> Math.ceil(tiles);
                    case DOWN -> Math.floor(tiles);
                  };
      int expert = e;
      IntStream.range(0, T)
          .boxed()
          .sorted((a, b) -> Double.compare(priority[b][expert], priority[a][expert]))
          .limit(count)
          .forEach(t -> kept[t][expert] = score[t][expert]);
    }
    return kept;
  }

  /** Padding is neither counted nor added. */
  @Test
  void paddingIsNotAdded() {
    NDArray logits = Logits.random(manager(), 3, 2, 5);
    boolean[] padding = {false, true, true};
    RoutingSignals signals =
        routeLogits(
                new TokenRoundingRouter.Spec(1, 4, Rounding.UP),
                logits,
                RouterContext.of(true, Seed.of(0)).withPadding(manager().create(padding)))
            .signals();
    long[] choices = signals.choices().toLongArray();
    assertArrayEquals(new long[] {-1, -1, -1, -1}, Arrays.copyOfRange(choices, 2, 6));
  }
}
