package org.jmoe.training.run;

import com.google.common.collect.ImmutableList;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.data.batch.Batch;
import org.jmoe.data.batch.Batches;
import org.jmoe.data.batch.Packing;
import org.jmoe.data.corpus.CorpusView;
import org.jmoe.data.corpus.TokenCorpus;
import org.jmoe.data.formats.DataKeys;
import org.jmoe.data.tokenizer.TextTokenizer;
import org.jmoe.io.OffHeap;
import org.jspecify.annotations.Nullable;

/** The tokens of an {@link EvaluationSpec}, loaded into memory. */
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
   * @param vocabulary vocabulary size of the model
   * @throws org.jmoe.io.DataFormatException if the data cannot be read or a token id is outside the
   *     vocabulary
   */
  public static EvaluationData open(EvaluationSpec spec, int vocabulary) {
    MemoryRequirement.requireEvaluated(spec, vocabulary);
    BufferAllocator allocator = OffHeap.allocator();
    @Nullable TokenCorpus corpus = null;
    try {
      corpus = TokenCorpus.load(spec.data(), vocabulary, allocator);
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

  /** Returns all batches, in data order. */
  public Batches batches() {
    return batches;
  }

  /** Returns the number of batches to evaluate on. */
  public long count() {
    return count;
  }

  /** Returns batch {@code i} of those to evaluate on, which are spread evenly over the data. */
  public Batch batch(long i) {
    return batches.ofPass(i * batches.perPass() / count);
  }

  /** Returns the names of the domains. */
  public ImmutableList<String> domains() {
    return corpus.domains();
  }

  /** Returns whether the tokens are bytes, according to the metadata. */
  public boolean isBytes() {
    return Objects.equals(corpus.metadata().get(DataKeys.TOKENIZER), TextTokenizer.BYTES);
  }

  @Override
  public void close() {
    corpus.close();
    allocator.close();
  }
}
