package org.jmoe.testing;

import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jmoe.plan.DropOrder;
import org.jmoe.tensor.Activation;

/**
 * Random layers for {@code @MethodSource}. Case i depends only on i; {@code -Djmoe.test.seed=i}
 * runs only that case.
 */
public final class RandomCases {
  private RandomCases() {}

  /** Returns the first cases. */
  public static Stream<MoeCase> first(long count) {
    Long only = Long.getLong("jmoe.test.seed");
    LongStream seeds = only == null ? LongStream.range(0, count) : LongStream.of(only);
    return seeds.mapToObj(RandomCases::of);
  }

  /** Returns the case of a seed. */
  public static MoeCase of(long seed) {
    // java.util.Random returns similar first values for adjacent seeds.
    SplittableRandom random = new SplittableRandom(seed);
    int experts = 1 + random.nextInt(8);
    return new MoeCase(
        seed,
        1 + random.nextInt(24),
        1 + random.nextInt(6),
        1 + random.nextInt(6),
        experts,
        1 + random.nextInt(experts),
        random.nextBoolean(),
        pick(Activation.values(), random),
        random.nextBoolean(),
        random.nextInt(3) == 0 ? Double.POSITIVE_INFINITY : 0.25 + 1.5 * random.nextDouble(),
        pick(DropOrder.values(), random));
  }

  private static <T> T pick(T[] values, SplittableRandom random) {
    return values[random.nextInt(values.length)];
  }
}
