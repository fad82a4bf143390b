package org.jmoe.models.surgery;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LinearAssignmentTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
  void noPermutationHasALargerSum(int n) {
    Random random = new Random(n);
    for (int round = 0; round < 30; round++) {
      float[] gains = new float[n * n];
      for (int i = 0; i < gains.length; i++) {
        gains[i] = round % 3 == 0 ? random.nextInt(3) : (float) random.nextGaussian();
      }
      int[] found = LinearAssignment.largest(gains, n);
      assertEquals(n, Arrays.stream(found).distinct().count());
      double sum = 0;
      for (int row = 0; row < n; row++) {
        sum += gains[row * n + found[row]];
      }
      assertEquals(best(gains, n, 0, new boolean[n]), sum, 1e-5);
    }
  }

  private static double best(float[] gains, int n, int row, boolean[] taken) {
    if (row == n) {
      return 0;
    }
    double best = Double.NEGATIVE_INFINITY;
    for (int column = 0; column < n; column++) {
      if (!taken[column]) {
        taken[column] = true;
        best = Math.max(best, gains[row * n + column] + best(gains, n, row + 1, taken));
        taken[column] = false;
      }
    }
    return best;
  }

  @ParameterizedTest
  @ValueSource(ints = {50, 300})
  void recoversPermutation(int n) {
    Random random = new Random(n);
    Integer[] order = new Integer[n];
    Arrays.setAll(order, i -> i);
    java.util.Collections.shuffle(Arrays.asList(order), random);
    float[] gains = new float[n * n];
    for (int row = 0; row < n; row++) {
      for (int column = 0; column < n; column++) {
        gains[row * n + column] = random.nextFloat() + (order[row] == column ? 1 : 0);
      }
    }
    int[] expected = Arrays.stream(order).mapToInt(Integer::intValue).toArray();
    assertArrayEquals(expected, LinearAssignment.largest(gains, n));
  }
}
