package org.jmoe.training.config;

import com.google.common.base.Preconditions;
import java.util.Optional;
import org.jmoe.data.corpus.DefaultCorpus;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.formats.TokenFormats;
import org.jmoe.data.tokenizer.Bpe;
import org.jmoe.data.tokenizer.TextTokenizer;
import org.jmoe.io.Progress;

/**
 * The bundled corpus: source code of Apache-licensed libraries, one domain per library.
 *
 * @param vocabulary 256 for bytes; above, the number of tokens of a byte-level BPE trained on the
 *     corpus
 */
public record DefaultSource(int vocabulary) implements CorpusSource {
  private static final int BYTES = 256;

  /** Checks the vocabulary. */
  public DefaultSource {
    Preconditions.checkArgument(
        vocabulary == BYTES || vocabulary >= Bpe.MIN_VOCABULARY,
        "vocabulary must be 256 for bytes, or larger for BPE, not %s",
        vocabulary);
  }

  /** The corpus as bytes. */
  public DefaultSource() {
    this(BYTES);
  }

  @Override
  public TokenData open(TokenFormats formats, Progress progress) {
    try (TextTokenizer tokenizer = TextTokenizer.open(tokenizer(progress))) {
      return formats.open(DefaultCorpus.locate().file(tokenizer, progress));
    }
  }

  private String tokenizer(Progress progress) {
    return vocabulary == BYTES
        ? TextTokenizer.BYTES
        : DefaultCorpus.locate().tokenizer(vocabulary, progress).toString();
  }

  @Override
  public Optional<String> tokenizer() {
    return Optional.of(tokenizer(Progress.none()));
  }

  @Override
  public long bytes() {
    return DefaultCorpus.locate().size() * (vocabulary == BYTES ? 1 : 2);
  }
}
