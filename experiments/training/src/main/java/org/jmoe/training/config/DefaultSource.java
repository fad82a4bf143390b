package org.jmoe.training.config;

import org.jmoe.data.corpus.DefaultCorpus;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.formats.TokenFormats;
import org.jmoe.data.tokenizer.ByteTokenizer;
import org.jmoe.io.Progress;

/** The bundled corpus: source code of Apache-licensed libraries, one domain per library. */
public record DefaultSource() implements CorpusSource {
  @Override
  public TokenData open(TokenFormats formats, Progress progress) {
    return formats.open(DefaultCorpus.locate().file(new ByteTokenizer(), progress));
  }

  @Override
  public long bytes() {
    return DefaultCorpus.locate().size();
  }
}
