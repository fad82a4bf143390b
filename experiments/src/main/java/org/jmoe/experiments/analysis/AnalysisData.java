package org.jmoe.experiments.analysis;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.experiments.data.Batches;
import org.jmoe.experiments.data.CorpusView;
import org.jmoe.experiments.data.DataKeys;
import org.jmoe.experiments.data.OffHeap;
import org.jmoe.experiments.data.Packing;
import org.jmoe.experiments.data.Progress;
import org.jmoe.experiments.data.TextTokenizer;
import org.jmoe.experiments.data.TokenCorpus;
import org.jmoe.experiments.data.TokenData;
import org.jmoe.experiments.run.LoadedRun;
import org.jmoe.experiments.run.RunConfig;
import org.jspecify.annotations.Nullable;

/** The tokens that an analysis goes by, in memory until it is closed. */
public final class AnalysisData implements AutoCloseable {
  private static final int BINS = 16;

  private final BufferAllocator allocator;
  private final TokenCorpus corpus;
  private final Batches batches;

  private AnalysisData(BufferAllocator allocator, TokenCorpus corpus, Batches batches) {
    this.allocator = allocator;
    this.corpus = corpus;
    this.batches = batches;
  }

  /** What a run holds out, or all of other data. */
  public static AnalysisData of(LoadedRun run, @Nullable Path other) {
    RunConfig config = run.config();
    Path data = other == null ? config.data().source().locate(Progress.none()) : other;
    @Nullable Double share = other == null ? config.data().validation() : null;
    return open(
        data,
        config.model().vocabulary(),
        config.training().sequence(),
        config.training().batch(),
        share,
        config.seed());
  }

  /**
   * All of some data, a sequence a batch.
   *
   * @param vocabulary that its ids must lie in
   * @param sequence tokens read together
   */
  public static AnalysisData of(Path data, int vocabulary, int sequence) {
    return open(data, vocabulary, sequence, 1, null, 0);
  }

  private static AnalysisData open(
      Path data, int vocabulary, int sequence, int batch, @Nullable Double share, long seed) {
    BufferAllocator allocator = OffHeap.allocator();
    @Nullable TokenCorpus corpus = null;
    try {
      corpus = TokenCorpus.load(TokenData.open(data), vocabulary, allocator);
      CorpusView view = share == null ? corpus.all() : corpus.split(share, seed).validation();
      Batches batches = Batches.sequential(Packing.of(view, sequence), batch, allocator);
      return new AnalysisData(allocator, corpus, batches);
    } catch (RuntimeException e) {
      if (corpus != null) {
        corpus.close();
      }
      allocator.close();
      throw e;
    }
  }

  /** The batches, in the order of the data. */
  public Batches batches() {
    return batches;
  }

  /** Names of the domains. */
  public ImmutableList<String> domains() {
    return corpus.domains();
  }

  /** Whether the data says that its tokens are bytes. */
  public boolean isBytes() {
    return Objects.equals(corpus.metadata().get(DataKeys.TOKENIZER), TextTokenizer.BYTES);
  }

  /** Domain where there are several, token class where the tokenizer is known, and position. */
  public ImmutableList<Labelling> labellings(TokenTexts texts) {
    ImmutableList.Builder<Labelling> all = ImmutableList.builder();
    if (domains().size() > 1) {
      all.add(new DomainLabels(domains()));
    }
    if (texts.isKnown()) {
      all.add(new ClassLabels(texts));
    }
    return all.add(new PositionLabels(batches.packing().sequenceLength(), BINS)).build();
  }

  @Override
  public void close() {
    corpus.close();
    allocator.close();
  }
}
