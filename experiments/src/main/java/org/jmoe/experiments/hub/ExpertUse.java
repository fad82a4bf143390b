package org.jmoe.experiments.hub;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.LongStream;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.experiments.data.Batches;
import org.jmoe.experiments.data.OffHeap;
import org.jmoe.experiments.data.Packing;
import org.jmoe.experiments.data.TokenCorpus;
import org.jmoe.experiments.data.TokenData;
import org.jmoe.experiments.train.Evaluation;
import org.jmoe.experiments.train.Evaluator;
import org.jmoe.experiments.train.LayerLoad;

/** Which experts some data uses. */
public final class ExpertUse {
  private ExpertUse() {}

  /**
   * The experts of each MoE layer that are chosen most often, ascending.
   *
   * @param sequence tokens read together
   * @param count experts of each layer
   * @throws IllegalArgumentException when a layer has fewer
   */
  public static ImmutableList<ImmutableLongArray> mostUsed(
      HubModel hub, Path data, int sequence, int count) {
    try (BufferAllocator allocator = OffHeap.allocator();
        TokenCorpus corpus =
            TokenCorpus.load(TokenData.open(data), hub.model().spec().vocabulary(), allocator)) {
      Batches batches = Batches.sequential(Packing.of(corpus.all(), sequence), 1, allocator);
      Evaluation evaluation =
          new Evaluator(hub.model(), hub.manager(), batches, corpus.domains().size())
              .run(Long.MAX_VALUE);
      return evaluation.layers().values().stream()
          .map(load -> largest(load, count))
          .collect(ImmutableList.toImmutableList());
    }
  }

  private static ImmutableLongArray largest(LayerLoad load, int count) {
    if (count > load.experts()) {
      throw new IllegalArgumentException(
          "%d experts cannot stay where there are %d".formatted(count, load.experts()));
    }
    long[] kept =
        LongStream.range(0, load.experts())
            .boxed()
            .sorted(Comparator.comparingLong((Long e) -> -load.choices().get(e.intValue())))
            .limit(count)
            .mapToLong(Long::longValue)
            .sorted()
            .toArray();
    return ImmutableLongArray.copyOf(kept);
  }
}
