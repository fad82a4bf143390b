package org.jmoe.training.results;

import java.nio.file.Path;
import org.jmoe.data.corpus.CorpusView;
import org.jmoe.data.corpus.TokenCorpus;
import org.jmoe.training.config.ConfigException;

/** Which rows of the data a model is evaluated on. */
@FunctionalInterface
public interface EvaluatedRows {
  /**
   * Chooses the rows.
   *
   * @param corpus all rows
   * @param data where they were read
   * @throws ConfigException when the rows cannot be told
   */
  CorpusView of(TokenCorpus corpus, Path data);

  /** Every row. */
  record All() implements EvaluatedRows {
    @Override
    public CorpusView of(TokenCorpus corpus, Path data) {
      return corpus.all();
    }
  }

  /** The rows that a run of this seed holds out. */
  record HeldOut(double share, long seed) implements EvaluatedRows {
    @Override
    public CorpusView of(TokenCorpus corpus, Path data) {
      return corpus.split(share, seed).validation();
    }
  }
}
