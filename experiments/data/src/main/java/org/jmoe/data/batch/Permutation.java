package org.jmoe.data.batch;

/**
 * A pseudo-random permutation of [0, size) in constant memory: a four-round Feistel network over
 * the next even power of two, with cycle walking (Black and Rogaway, "Ciphers with arbitrary finite
 * domains", 2002).
 */
public final class Permutation {
  private static final int ROUNDS = 4;

  private final long size;
  private final int halfBits;
  private final long key;

  /**
   * Creates the permutation of (seed, epoch).
   *
   * @param size number of elements, at least 1
   */
  public Permutation(long size, long seed, long epoch) {
    if (size < 1) {
      throw new IllegalArgumentException(
          "A permutation needs at least 1 element, not %d.".formatted(size));
    }
    this.size = size;
    int bits = 64 - Long.numberOfLeadingZeros(size - 1);
    this.halfBits = Math.max(1, (bits + 1) / 2);
    this.key = mix(mix(seed) + epoch);
  }

  /** Returns the image of an element. */
  public long at(long element) {
    long value = element;
    do {
      value = feistel(value);
    } while (value >= size);
    return value;
  }

  private long feistel(long value) {
    long mask = (1L << halfBits) - 1;
    long left = value >>> halfBits;
    long right = value & mask;
    for (int round = 0; round < ROUNDS; round++) {
      long next = left ^ (mix(key + (right * ROUNDS + round) * 0x9E3779B97F4A7C15L) & mask);
      left = right;
      right = next;
    }
    return left << halfBits | right;
  }

  // The finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
  private static long mix(long z) {
    long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
    return b ^ (b >>> 31);
  }
}
