package org.jmoe.training.results;

import java.nio.file.Path;
import org.jmoe.data.corpus.CorpusView;
import org.jmoe.data.corpus.TokenCorpus;
import org.jmoe.training.config.ConfigException;

/** Selects the rows of a corpus that a model is evaluated on. */
@FunctionalInterface
public interface EvaluatedRows {
  /**
   * Selects the rows.
   *
   * @param corpus all rows
   * @param data file or folder that they were read from
   * @throws ConfigException if the rows cannot be determined
   */
  CorpusView of(TokenCorpus corpus, Path data);

  /** All rows. */
  record All() implements EvaluatedRows {
    @Override
    public CorpusView of(TokenCorpus corpus, Path data) {
      return corpus.all();
    }
  }

  /** The held-out rows of a run with this fraction and seed. */
  record HeldOut(double share, long seed) implements EvaluatedRows {
    @Override
    public CorpusView of(TokenCorpus corpus, Path data) {
      return corpus.split(share, seed).validation();
    }
  }
}
