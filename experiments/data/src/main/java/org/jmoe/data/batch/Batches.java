package org.jmoe.data.batch;

import org.apache.arrow.memory.BufferAllocator;

/**
 * Batches by index. Batch n is a pure function of the data, the order and n, so training can resume
 * at any step by requesting the batch of that step.
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
   * Returns batches in a custom order.
   *
   * @param batchSize number of sequences per batch, B
   * @param allocator allocator of the batches
   */
  public static Batches of(
      Packing packing, int batchSize, WindowOrder order, BufferAllocator allocator) {
    return new Batches(packing, batchSize, order, allocator);
  }

  /** Returns training batches, shuffled differently in each epoch by (seed, epoch). */
  public static Batches shuffled(
      Packing packing, int batchSize, long seed, BufferAllocator allocator) {
    return of(packing, batchSize, WindowOrder.shuffled(seed), allocator);
  }

  /** Returns evaluation batches in data order. */
  public static Batches sequential(Packing packing, int batchSize, BufferAllocator allocator) {
    return of(packing, batchSize, WindowOrder.sequential(), allocator);
  }

  /**
   * Returns batch {@code number}, with B windows; batches may span epochs. The caller closes it.
   *
   * @param number index of at least 0, unbounded
   */
  public Batch at(long number) {
    return fill(Math.multiplyExact(number, batchSize), batchSize);
  }

  /**
   * Returns batch {@code number} in [0, {@link #perPass()}) of a single pass; the last batch may
   * have fewer windows. The caller closes it.
   */
  public Batch ofPass(long number) {
    long first = Math.multiplyExact(number, batchSize);
    return fill(first, (int) Math.min(batchSize, packing.windows() - first));
  }

  /** Returns the number of batches of a single pass. */
  public long perPass() {
    return (packing.windows() + batchSize - 1) / batchSize;
  }

  /** Returns the number of tokens of a full batch, B * S. */
  public int tokens() {
    return Math.multiplyExact(batchSize, packing.sequenceLength());
  }

  /** Returns the number of epochs, as a fraction, before batch {@code number}. */
  public double epoch(long number) {
    return (double) number * batchSize / packing.windows();
  }

  /**
   * Returns an iterator from batch {@code first} that prepares the next batch on a background
   * thread.
   */
  public PrefetchedBatches prefetch(long first) {
    return new PrefetchedBatches(this, first);
  }

  /** Returns the windows of the batches. */
  public Packing packing() {
    return packing;
  }

  /**
   * Returns the number of unmasked targets in {@code count} batches, starting at {@code number}.
   */
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
