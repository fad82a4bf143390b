package org.jmoe.data.batch;

import org.apache.arrow.memory.BufferAllocator;

/**
 * Batches by number. Batch n is a pure function of the data, the order and n, so that training
 * resumes at any step by asking for that step's batch.
 */
public final class Batches {
  private final Packing packing;
  private final int batchSize;
  private final WindowOrder order;
  private final BufferAllocator allocator;

  private Batches(Packing packing, int batchSize, WindowOrder order, BufferAllocator allocator) {
    if (batchSize < 1) {
      throw new IllegalArgumentException(
          "The batch size is %d; it must be at least 1.".formatted(batchSize));
    }
    this.packing = packing;
    this.batchSize = batchSize;
    this.order = order;
    this.allocator = allocator;
  }

  /**
   * Batches in an order of one's own.
   *
   * @param batchSize B, sequences of a batch
   * @param allocator memory of the batches
   */
  public static Batches of(
      Packing packing, int batchSize, WindowOrder order, BufferAllocator allocator) {
    return new Batches(packing, batchSize, order, allocator);
  }

  /** Batches for training, shuffled anew each epoch by (seed, epoch). */
  public static Batches shuffled(
      Packing packing, int batchSize, long seed, BufferAllocator allocator) {
    return of(packing, batchSize, WindowOrder.shuffled(seed), allocator);
  }

  /** Batches for evaluation, in the order of the data. */
  public static Batches sequential(Packing packing, int batchSize, BufferAllocator allocator) {
    return of(packing, batchSize, WindowOrder.sequential(), allocator);
  }

  /**
   * Batch {@code number}, of B windows; epochs follow one another without a gap. The caller closes
   * it.
   *
   * @param number at least 0, without an upper bound
   */
  public Batch at(long number) {
    return fill(Math.multiplyExact(number, batchSize), batchSize);
  }

  /**
   * Batch {@code number} of a single pass, in [0, {@link #perPass()}); the last may have fewer
   * windows. The caller closes it.
   */
  public Batch ofPass(long number) {
    long first = Math.multiplyExact(number, batchSize);
    return fill(first, (int) Math.min(batchSize, packing.windows() - first));
  }

  /** Number of batches that hold every window once. */
  public long perPass() {
    return (packing.windows() + batchSize - 1) / batchSize;
  }

  /** Tokens of a full batch, B S. */
  public int tokens() {
    return Math.multiplyExact(batchSize, packing.sequenceLength());
  }

  /** How often the data has been read when batch {@code number} begins, as a fraction. */
  public double epoch(long number) {
    return (double) number * batchSize / packing.windows();
  }

  /**
   * Batches from {@code first} on, each filled on a thread of its own while the one before is used.
   */
  public PrefetchedBatches prefetch(long first) {
    return new PrefetchedBatches(this, first);
  }

  /** The windows that the batches consist of. */
  public Packing packing() {
    return packing;
  }

  /** Returns the number of targets that count in so many batches from {@code number} on. */
  long targets(long number, int count) {
    if (!packing.corpus().hasContext()) {
      return Math.multiplyExact((long) count, tokens());
    }
    long targets = 0;
    long first = Math.multiplyExact(number, batchSize);
    for (long sample = first; sample < first + (long) count * batchSize; sample++) {
      targets += packing.targets(order.window(sample, packing.windows()));
    }
    return targets;
  }

  private Batch fill(long firstSample, int size) {
    Batch batch =
        new Batch(allocator, size, packing.sequenceLength(), packing.corpus().separator());
    for (int row = 0; row < size; row++) {
      packing.fill(order.window(firstSample + row, packing.windows()), batch, row);
    }
    return batch;
  }
}
