package org.jmoe.training.results;

import org.jmoe.data.corpus.CorpusView;
import org.jmoe.data.corpus.TokenCorpus;
import org.jmoe.data.formats.TokenData;
import org.jmoe.training.config.ConfigException;

/** Selects the rows of a corpus that a model is evaluated on. */
@FunctionalInterface
public interface EvaluatedRows {
  /**
   * Selects the rows.
   *
   * @param corpus all rows
   * @param data that they were read from
   * @throws ConfigException if the rows cannot be determined
   */
  CorpusView of(TokenCorpus corpus, TokenData data);

  /** All rows. */
  record All() implements EvaluatedRows {
    @Override
    public CorpusView of(TokenCorpus corpus, TokenData data) {
      return corpus.all();
    }
  }

  /** The held-out rows of a run with this fraction and seed. */
  record HeldOut(double share, long seed) implements EvaluatedRows {
    @Override
    public CorpusView of(TokenCorpus corpus, TokenData data) {
      return corpus.split(share, seed).validation();
    }
  }
}
