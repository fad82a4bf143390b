package org.jmoe.data.corpus;

import com.google.common.base.Preconditions;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.data.text.Document;
import org.jmoe.data.text.LicenceHeader;
import org.jmoe.data.text.TextSource;
import org.jmoe.data.tokenizer.Bpe;
import org.jmoe.data.tokenizer.BytePieces;
import org.jmoe.io.Progress;

/**
 * Trains a byte-level BPE tokenizer on texts. The result does not depend on the number of threads.
 *
 * @param vocabulary number of tokens, at least {@link Bpe#MIN_VOCABULARY}
 * @param heldOut selects validation documents, which do not count
 * @param stripLicences whether to remove the licence comment at the top of source files
 */
public record TokenizerBuilder(int vocabulary, HeldOut heldOut, boolean stripLicences) {
  private static final int BATCH = 1 << 23; // characters that are split in parallel

  /** Checks the vocabulary. */
  public TokenizerBuilder {
    Preconditions.checkArgument(
        vocabulary >= Bpe.MIN_VOCABULARY,
        "vocabulary must be at least %s, for the separator and all bytes, not %s",
        Bpe.MIN_VOCABULARY,
        vocabulary);
  }

  /**
   * Trains a tokenizer.
   *
   * @param report receives the files that were read and skipped
   * @throws IllegalArgumentException if the sources contain no text
   */
  public Bpe build(List<TextSource> sources, ReadReport report, Progress progress) {
    Reading reading = new Reading(report, progress);
    sources.forEach(source -> source.read(reading));
    reading.flush();
    Preconditions.checkArgument(
        reading.documents > 0,
        "the inputs contain no text to train on (%s); specify text files, folders, JSON lines or"
            + " archives",
        report.line());
    return Bpe.train(reading.pieces, vocabulary);
  }

  private final class Reading extends ReportingVisitor {
    private final BytePieces pieces = new BytePieces();
    private final List<String> texts = new ArrayList<>();
    private long documents;
    private int size;

    Reading(ReadReport report, Progress progress) {
      super(report, progress);
    }

    void flush() {
      pieces.add(texts);
      texts.clear();
      size = 0;
    }

    @Override
    public void document(Document document) {
      if (document.heldOut() || heldOut.test(document.name())) {
        return;
      }
      String text = stripLicences ? LicenceHeader.strip(document.text()) : document.text();
      documents += text.isEmpty() ? 0 : 1;
      texts.add(text);
      size += text.length();
      if (size > BATCH) {
        flush();
      }
    }
  }
}
