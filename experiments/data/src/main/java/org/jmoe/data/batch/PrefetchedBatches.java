package org.jmoe.data.batch;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Iterates over {@link Batches#at} and prepares one batch ahead on a daemon thread. */
public final class PrefetchedBatches implements AutoCloseable {
  private final Batches batches;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          new ThreadFactoryBuilder().setNameFormat("jmoe-batches").setDaemon(true).build());
  private long number;
  private CompletableFuture<Batch> ahead;

  PrefetchedBatches(Batches batches, long first) {
    this.batches = batches;
    this.number = first;
    this.ahead = request();
  }

  /** Returns the next batch, which the caller closes. */
  public Batch next() {
    Batch batch;
    try {
      batch = ahead.join();
    } catch (CompletionException e) {
      throw new IllegalStateException("Batch %d cannot be read.".formatted(number), e.getCause());
    }
    number++;
    ahead = request();
    return batch;
  }

  /** Returns the number of unmasked targets in the next {@code count} batches. */
  public long targets(int count) {
    return batches.targets(number, count);
  }

  /** Returns the index of the batch that {@link #next} will return. */
  public long position() {
    return number;
  }

  private CompletableFuture<Batch> request() {
    long wanted = number;
    return CompletableFuture.supplyAsync(() -> batches.at(wanted), thread);
  }

  /** Releases the prefetched batch. */
  @Override
  public void close() {
    thread.shutdown();
    try {
      ahead.join().close();
    } catch (CompletionException e) {
      // The prefetched batch failed, so there is nothing to release; next() would report the
      // failure.
      return;
    }
  }
}
