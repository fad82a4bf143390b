package org.jmoe.data.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PermutationTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 16, 17, 1000, 65_537})
  void isABijection(long size) {
    Permutation permutation = new Permutation(size, 3, 1);
    BitSet seen = new BitSet();
    LongStream.range(0, size).map(permutation::at).forEach(i -> seen.set((int) i));
    assertEquals(size, seen.cardinality());
    assertEquals(size, seen.length());
  }

  @Test
  void dependsOnSeedAndEpoch() {
    String first = start(1, 0);
    assertEquals(first, start(1, 0));
    assertNotEquals(first, start(2, 0));
    assertNotEquals(first, start(1, 1));
  }

  @Test
  void neighboursAreSeparated() {
    Permutation permutation = new Permutation(10_000, 5, 0);
    long close =
        LongStream.range(0, 9_999)
            .filter(i -> Math.abs(permutation.at(i + 1) - permutation.at(i)) <= 10)
            .count();
    assertTrue(
        close < 60,
        close + " of about 20 expected"); // 20 of 10,000 differences are expected to be that small
  }

  private static String start(long seed, long epoch) {
    Permutation permutation = new Permutation(1000, seed, epoch);
    return LongStream.range(0, 20).map(permutation::at).boxed().toList().toString();
  }
}
