package org.jmoe.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.stream.Stream;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.MoeCase;
import org.jmoe.testing.RandomCases;
import org.jmoe.testing.ReferenceMoe;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class DropOrderTest {
  private static final Seed SEED = Seed.of(3);

  @RegisterExtension final BatchScope scope = new BatchScope();

  static Stream<MoeCase> cases() {
    return RandomCases.first(60);
  }

  /**
   * Three tokens choose experts {0, 1}, {0, 1}, {1, 0} with scores {.5, .4}, {.6, .1}, {.7, .3}.
   * The priority order, as token.choice, and the resulting ranks:
   *
   * <ul>
   *   <li>K_MAJOR 0.0 1.0 2.0 0.1 1.1 2.1: expert 0 gets 0.0 1.0 2.1, expert 1 2.0 0.1 1.1
   *   <li>BATCH_PRIORITISED 2.0 1.0 0.0 2.1 1.1 0.1: expert 0 1.0 0.0 2.1, expert 1 2.0 1.1 0.1
   *   <li>TOKEN_MAJOR 0.0 0.1 1.0 1.1 2.0 2.1: expert 0 0.0 1.0 2.1, expert 1 0.1 1.1 2.0
   *   <li>PROBABILITY 2.0 1.0 0.0 0.1 2.1 1.1: expert 0 1.0 0.0 2.1, expert 1 2.0 0.1 1.1
   * </ul>
   */
  @ParameterizedTest
  @CsvSource({
    "K_MAJOR,           0 1 1 2 0 2",
    "BATCH_PRIORITISED, 1 2 0 1 0 2",
    "TOKEN_MAJOR,       0 0 1 1 2 2",
    "PROBABILITY,       1 1 0 2 0 2"
  })
  void handWorked(DropOrder order, String ranks) {
    NDArray experts = Tensors.of(scope.manager(), new int[][] {{0, 1}, {0, 1}, {1, 0}}); // (T, K)
    NDArray scores =
        Tensors.of(scope.manager(), new double[][] {{.5, .4}, {.6, .1}, {.7, .3}}); // (T, K)
    double[] expected = Stream.of(ranks.split(" ", -1)).mapToDouble(Double::parseDouble).toArray();
    assertArrayEquals(expected, Tensors.doubles(order.rank(experts, scores, SEED)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void ranksEqualTheLoops(MoeCase c) {
    // Rounded scores, so that every order has ties.
    double[][] scores = Tensors.rows(c.values("scores", c.tokens() * c.experts()), c.experts());
    for (double[] row : scores) {
      for (int e = 0; e < row.length; e++) {
        row[e] = Math.rint(row[e]);
      }
    }
    int[][] choices = ReferenceMoe.topK(scores, c.k());
    double[][] chosen = ReferenceMoe.weights(scores, choices, false);
    NDArray experts = Tensors.of(scope.manager(), choices); // (T, K)
    NDArray given = Tensors.of(scope.manager(), chosen); // (T, K)
    NDArray flat = scope.manager().zeros(new Shape(given.size()), given.getDataType());
    double[] draws = Ops.uniform(flat, SEED).toDoubleArray();

    int[] served = ReferenceMoe.byPriority(c.order(), chosen, draws);
    int[][] ranks = ReferenceMoe.ranks(choices, served);
    assertArrayEquals(
        Tensors.doubles(Tensors.of(scope.manager(), ranks)),
        Tensors.doubles(c.order().rank(experts, given, SEED)));
  }
}
