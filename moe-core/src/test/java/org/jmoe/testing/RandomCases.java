package org.jmoe.testing;

import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jmoe.plan.DropOrder;
import org.jmoe.tensor.Activation;

/**
 * Random layers for {@code @MethodSource}: case i is a function of i alone. {@code
 * -Djmoe.test.seed=i} runs that case and no other.
 */
public final class RandomCases {
  private RandomCases() {}

  /** The first cases. */
  public static Stream<MoeCase> first(long count) {
    Long only = Long.getLong("jmoe.test.seed");
    LongStream seeds = only == null ? LongStream.range(0, count) : LongStream.of(only);
    return seeds.mapToObj(RandomCases::of);
  }

  /** The case of a seed. */
  public static MoeCase of(long seed) {
    // Random would give neighbouring seeds the same first numbers.
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
