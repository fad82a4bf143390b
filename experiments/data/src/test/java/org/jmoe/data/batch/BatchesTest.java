package org.jmoe.data.batch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.LongStream;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.data.corpus.CorpusSplit;
import org.jmoe.data.corpus.TokenCorpus;
import org.jmoe.data.formats.Collected;
import org.jmoe.data.formats.RowsInMemory;
import org.jmoe.data.formats.Samples;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.formats.TokenWriter;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.OffHeap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Content, order and memory of batches. */
final class BatchesTest {
  private static final int S = 16;

  @TempDir static Path folder = Path.of("");

  private final BufferAllocator allocator = OffHeap.allocator();
  private final TokenCorpus corpus =
      TokenCorpus.load(TokenData.open(Samples.rows(folder, 200, 500)), allocator);

  @AfterEach
  void closeEverything() {
    corpus.close();
    allocator.close(); // throws if a buffer was not released
  }

  @Test
  void windowsContainEachTokenOnceInOrder() {
    List<Integer> expected = new ArrayList<>();
    Collected rows = Collected.read(folder.resolve("rows.arrow"));
    for (String domain : corpus.domains()) {
      for (int i = 0; i < rows.rows.size(); i++) {
        if (rows.domains.get(i).equals(domain)) {
          expected.addAll(rows.rows.get(i));
          expected.add(0); // the separator
        }
      }
    }
    Packing packing = Packing.of(corpus.all(), S);
    Batches batches = Batches.sequential(packing, 1, allocator);
    assertEquals((expected.size() - 1) / S, packing.windows());
    for (int w = 0; w < packing.windows(); w++) {
      try (Batch batch = batches.at(w)) {
        for (int i = 0; i < S; i++) {
          assertEquals(expected.get(w * S + i).intValue(), batch.input(i));
          assertEquals(expected.get(w * S + i + 1).intValue(), batch.target(i));
        }
      }
    }
  }

  @Test
  void arraysShareTheMemoryOfTheBatch() {
    Batches batches = Batches.shuffled(Packing.of(corpus.all(), S), 3, 1, allocator);
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Batch batch = batches.at(0)) {
      NDArray inputs = batch.inputs(manager);
      NDArray targets = batch.targets(manager);
      assertEquals(new Shape(3, S), inputs.getShape());
      assertEquals(batch.target(2 * S + 5), targets.getLong(2, 5));
      batch.set(1, 4, 77, 0, true, 0);
      assertEquals(77, inputs.getLong(1, 4));
      assertEquals(77, targets.getLong(1, 3));
    }
  }

  @Test
  void batchIsReleasedOnce() {
    Batch batch = Batches.shuffled(Packing.of(corpus.all(), S), 2, 1, allocator).at(3);
    batch.close();
    batch.close();
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      assertThrows(IllegalStateException.class, () -> batch.inputs(manager));
    }
  }

  @Test
  void epochsReadEveryWindowOnceInDifferentOrder() {
    Packing packing = Packing.of(corpus.all(), S);
    WindowOrder order = WindowOrder.shuffled(9);
    long windows = packing.windows();
    List<Long> first = epoch(order, 0, windows);
    List<Long> second = epoch(order, windows, windows);
    assertEquals(first.stream().sorted().toList(), second.stream().sorted().toList());
    assertEquals(windows, first.stream().distinct().count());
    assertNotEquals(first, second);
  }

  private static List<Long> epoch(WindowOrder order, long from, long windows) {
    List<Long> seen = new ArrayList<>();
    for (long i = from; i < from + windows; i++) {
      seen.add(order.window(i, windows));
    }
    return seen;
  }

  @Test
  void prefetchedBatchesMatchDirectAccess() {
    Batches batches =
        Batches.shuffled(Packing.of(corpus.split(0.1, 0).train(), S), 4, 5, allocator);
    try (PrefetchedBatches ahead = batches.prefetch(7)) {
      for (long n = 7; n < 40; n++) {
        try (Batch one = ahead.next();
            Batch other = batches.at(n)) {
          for (int i = 0; i < one.tokens(); i++) {
            assertEquals(other.input(i), one.input(i));
            assertEquals(other.target(i), one.target(i));
          }
          assertArrayEquals(other.domains(), one.domains());
        }
      }
      assertEquals(40, ahead.position());
    }
  }

  @Test
  void marksInTheFileDecideTheSplit() {
    CorpusSplit split = corpus.split(0.5, 3);
    assertEquals(160, split.train().segments());
    assertEquals(40, split.validation().segments());
    assertEquals(corpus.tokens(), split.train().tokens() + split.validation().tokens());
    split.validation().rows().forEach(row -> assertEquals(4, row % 5));
  }

  @Test
  void everyTokenHasItsDomain() {
    int even = corpus.domains().indexOf("even");
    Batches batches = Batches.sequential(Packing.of(corpus.all(), S), 1, allocator);
    try (Batch first = batches.at(0);
        Batch last = batches.at(batches.perPass() - 1)) {
      assertEquals(even, first.domain(0));
      assertEquals(1 - even, last.domains()[S - 1]);
    }
  }

  @Test
  void contextTokensAreNotTargets() {
    TokenData data = new RowsInMemory(List.of(new int[] {~1, ~2, 3, 4}, new int[] {~5, 6, ~7}), 9);
    try (TokenCorpus rows = TokenCorpus.load(data, allocator)) {
      Batches batches = Batches.sequential(Packing.of(rows.all(), 4), 2, allocator);
      try (Batch batch = batches.at(0)) {
        long[] inputs = LongStream.range(0, 8).map(i -> batch.input((int) i)).toArray();
        assertArrayEquals(new long[] {1, 2, 3, 4, 15, 5, 6, 7}, inputs);
        // A separator is masked like the token before it.
        long[] targets = LongStream.range(0, 8).map(i -> batch.target((int) i)).toArray();
        assertArrayEquals(new long[] {-1, 3, 4, 15, -1, 6, -1, -1}, targets);
        assertEquals(4, batch.targets());
        assertEquals(8, batches.targets(0, 2));
      }
    }
  }

  @Test
  void givenSeparatorIsAppendedToRowsWithoutIt() throws IOException {
    Path file = folder.resolve("stated.arrow");
    try (TokenWriter writer = new TokenWriter(file, true, Map.of())) {
      writer.add(new int[] {1, 2, 9, 3, 9}, "a", false);
      writer.add(new int[] {4}, "a", false);
      writer.add(new int[] {5, 9}, "a", false);
      writer.finish(Map.of());
    }
    TokenData.Options options = TokenData.Options.NONE.withSeparator(9);
    try (TokenCorpus rows = TokenCorpus.load(TokenData.open(file, options), allocator);
        Batch batch = Batches.sequential(Packing.of(rows.all(), 8), 1, allocator).at(0)) {
      long[] inputs = LongStream.range(0, 8).map(i -> batch.input((int) i)).toArray();
      assertArrayEquals(new long[] {1, 2, 9, 3, 9, 4, 9, 5}, inputs);
      assertEquals(9, batch.target(7));
      assertEquals(OptionalInt.of(9), batch.separator());
    }
    DataFormatException e =
        assertThrows(
            DataFormatException.class, () -> TokenData.open(folder.resolve("rows.arrow"), options));
    assertTrue(e.getMessage().contains("records the separator 0"), e.getMessage());
  }

  @Test
  void tooFewTokensAreRejected() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Packing.of(corpus.all(), 1_000_000));
    assertTrue(String.valueOf(e.getMessage()).contains("but one window needs 1000001"));
  }
}
