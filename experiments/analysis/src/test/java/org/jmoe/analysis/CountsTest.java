package org.jmoe.analysis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.jmoe.analysis.labels.PermutationBaseline;
import org.junit.jupiter.api.Test;

/** Counts and derived statistics against hand-computed values. */
final class CountsTest {
  /**
   * Token 5 goes to expert 0 three times and to expert 1 once, token 9 twice to expert 1, token 2
   * once to expert 0: seven choices, four of expert 0.
   */
  @Test
  void typicalTokens() {
    TokenCounts counts = new TokenCounts(10, 2);
    counts.add(5, 0, 3);
    counts.add(5, 1, 1);
    counts.add(9, 1, 2);
    counts.add(2, 0, 1);
    ImmutableList<ImmutableList<TypicalToken>> all = counts.typical(3, 1);
    // Expert 0: token 2 with ln(1 * 7 / (1 * 4)), token 5 with ln(3 * 7 / (4 * 4)).
    assertEquals(List.of(2, 5), all.get(0).stream().map(TypicalToken::id).toList());
    assertEquals(Math.log(7.0 / 4), all.get(0).get(0).information(), 1e-12);
    assertEquals(Math.log(21.0 / 16), all.get(0).get(1).information(), 1e-12);
    assertEquals(3, all.get(0).get(1).count());
    assertEquals(4, all.get(0).get(1).total());
    // Expert 1: token 9 with ln(2 * 7 / (2 * 3)); token 5 is rarer there than elsewhere.
    assertEquals(List.of(9), all.get(1).stream().map(TypicalToken::id).toList());
    assertEquals(Math.log(7.0 / 3), all.get(1).get(0).information(), 1e-12);
    // A minimum of two choices leaves token 2 out.
    assertEquals(List.of(5), counts.typical(3, 2).get(0).stream().map(TypicalToken::id).toList());
    assertEquals(1, counts.typical(1, 1).get(0).size());
  }

  @Test
  void permutationsKeepLabelCounts() {
    PermutationBaseline shuffles = new PermutationBaseline(new long[] {3, 0, 2}, 1);
    int[][] first = shuffles.draw(new int[] {0, 0, 2, -1});
    int[][] second = shuffles.draw(new int[] {2, 0});
    boolean moved = false;
    for (int i = 0; i < PermutationBaseline.COUNT; i++) {
      long[] drawn = new long[3];
      for (int label : new int[] {first[i][0], first[i][1], first[i][2]}) {
        drawn[label]++;
      }
      assertEquals(-1, first[i][3]);
      drawn[second[i][0]]++;
      drawn[second[i][1]]++;
      assertArrayEquals(new long[] {3, 0, 2}, drawn);
      moved |= first[i][0] != 0;
    }
    assertTrue(moved);
  }

  @Test
  void stabilityMatchesHandComputation() {
    List<int[]> before = List.of(new int[] {0, 1}, new int[] {2, 3}, new int[] {0, -1});
    List<int[]> after = List.of(new int[] {1, 0}, new int[] {2, 0}, new int[] {1, -1});
    RoutingStability found = RoutingStability.of("moe", 4, 10, before, 20, after);
    assertEquals(1.0 / 3, found.sameTokens(), 1e-12);
    assertEquals(3.0 / 5, found.keptChoices(), 1e-12);
    // Loads 2 1 1 1 of 5 before; 2 2 1 0 of 3 tokens after: (2 * 2 + 1 * 2 + 1 * 1) / (5 * 3).
    assertEquals(7.0 / 15, found.chance(), 1e-12);
    RoutingStability same = RoutingStability.of("moe", 4, 1, before, 2, before);
    assertEquals(1, same.sameTokens());
    assertEquals(1, same.keptChoices());
    assertThrows(
        IllegalArgumentException.class,
        () -> RoutingStability.of("moe", 4, 1, before, 2, after.subList(0, 2)));
  }

  /**
   * An entry is replaced by later tokens with decreasing probability; every token is equally
   * likely.
   */
  @Test
  void samplesUniformly() {
    int[] taken = new int[40];
    for (int seed = 0; seed < 2000; seed++) {
      TokenSample sample = new TokenSample(10, seed);
      int[] places = new int[10];
      sample.next(25).forEach(e -> places[e.place()] = e.token());
      sample.next(15).forEach(e -> places[e.place()] = 25 + e.token());
      for (int token : places) {
        taken[token]++;
      }
    }
    for (int count : taken) { // 500 expected, standard deviation 19
      assertEquals(500, count, 100);
    }
  }
}
