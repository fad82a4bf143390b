package org.jmoe.training.config;

import java.util.Optional;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.formats.TokenFormats;
import org.jmoe.io.Progress;

/** Source of a run's tokens, as specified in run.json. */
public interface CorpusSource {
  /**
   * Opens the tokens, after building or fetching them if necessary. They need not be in files: a
   * source may return any {@link TokenData}.
   *
   * @param formats of token files, including those of extensions
   * @param progress receives the number of bytes read while building
   */
  TokenData open(TokenFormats formats, Progress progress);

  /**
   * Returns the name of the tokenizer of the tokens for {@link
   * org.jmoe.data.tokenizer.TextTokenizer#open}; empty if the source does not specify one.
   */
  default Optional<String> tokenizer() {
    return Optional.empty();
  }

  /** Returns the number of bytes read while building, for progress bars; 0 if nothing is built. */
  default long bytes() {
    return 0;
  }
}
