package org.jmoe.data.batch;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Reads one batch ahead on a daemon thread; the batches are those of {@link Batches#at}. */
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

  /** The next batch; the caller closes it. */
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

  /** Returns the number of targets that count in the next batches. */
  public long targets(int count) {
    return batches.targets(number, count);
  }

  /** Number of the batch that {@link #next} returns. */
  public long position() {
    return number;
  }

  private CompletableFuture<Batch> request() {
    long wanted = number;
    return CompletableFuture.supplyAsync(() -> batches.at(wanted), thread);
  }

  /** Releases the batch that was read ahead. */
  @Override
  public void close() {
    thread.shutdown();
    try {
      ahead.join().close();
    } catch (CompletionException e) {
      // The batch ahead could not be read, so there is none to release; next() would have said why.
      return;
    }
  }
}
