package org.jmoe.data.corpus;

import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;

/**
 * A subset of the tokens of a corpus, as segments in file order. A view shares the memory of the
 * corpus and must not outlive it.
 *
 * @param starts (segments), index of the first token of each segment
 * @param ends (segments), index after the last token of each segment
 * @param domains (segments), domain of each segment
 * @param rows (segments), row of each segment
 */
public record CorpusView(
    TokenCorpus corpus,
    ImmutableLongArray starts,
    ImmutableLongArray ends,
    ImmutableIntArray domains,
    ImmutableIntArray rows) {

  static CorpusView all(TokenCorpus corpus) {
    CorpusRows rows = corpus.layout();
    int segments = rows.domains().length();
    return new CorpusView(
        corpus,
        rows.starts().subArray(0, segments),
        rows.starts().subArray(1, segments + 1),
        rows.domains(),
        rows.rows());
  }

  /** Returns the number of segments. */
  public int segments() {
    return domains.length();
  }

  /** Returns the number of tokens. */
  public long tokens() {
    long sum = 0;
    for (int i = 0; i < segments(); i++) {
      sum += ends.get(i) - starts.get(i);
    }
    return sum;
  }
}
