package org.jmoe.training.run;

import com.google.common.collect.ImmutableList;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.data.batch.Batch;
import org.jmoe.data.batch.Batches;
import org.jmoe.data.batch.Packing;
import org.jmoe.data.corpus.CorpusView;
import org.jmoe.data.corpus.DataKeys;
import org.jmoe.data.corpus.TokenCorpus;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.text.TextTokenizer;
import org.jmoe.io.OffHeap;
import org.jspecify.annotations.Nullable;

/** The tokens of an {@link EvaluationSpec}, in memory until closed. */
public final class EvaluationData implements AutoCloseable {
  private final BufferAllocator allocator;
  private final TokenCorpus corpus;
  private final Batches batches;
  private final long count;

  private EvaluationData(
      BufferAllocator allocator, TokenCorpus corpus, Batches batches, long count) {
    this.allocator = allocator;
    this.corpus = corpus;
    this.batches = batches;
    this.count = count;
  }

  /**
   * Loads the tokens.
   *
   * @param vocabulary that ids must lie in
   * @throws org.jmoe.io.DataFormatException when the data cannot be read or has another id
   */
  public static EvaluationData open(EvaluationSpec spec, int vocabulary) {
    BufferAllocator allocator = OffHeap.allocator();
    @Nullable TokenCorpus corpus = null;
    try {
      corpus = TokenCorpus.load(TokenData.open(spec.data()), vocabulary, allocator);
      CorpusView view = spec.rows().of(corpus, spec.data());
      Batches batches =
          Batches.sequential(Packing.of(view, spec.sequence()), spec.batch(), allocator);
      long count = Math.min(spec.batches(), batches.perPass());
      return new EvaluationData(allocator, corpus, batches, count);
    } catch (RuntimeException e) {
      if (corpus != null) {
        corpus.close();
      }
      allocator.close();
      throw e;
    }
  }

  /** All batches of the tokens, in the order of the data. */
  public Batches batches() {
    return batches;
  }

  /** How many of the batches to evaluate on. */
  public long count() {
    return count;
  }

  /** The batch {@code i} of those to evaluate on, spread evenly over the data. */
  public Batch batch(long i) {
    return batches.ofPass(i * batches.perPass() / count);
  }

  /** Names of the domains. */
  public ImmutableList<String> domains() {
    return corpus.domains();
  }

  /** Whether the data says that its tokens are bytes. */
  public boolean isBytes() {
    return Objects.equals(corpus.metadata().get(DataKeys.TOKENIZER), TextTokenizer.BYTES);
  }

  @Override
  public void close() {
    corpus.close();
    allocator.close();
  }
}
