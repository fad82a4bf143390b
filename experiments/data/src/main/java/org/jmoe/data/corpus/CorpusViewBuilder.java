package org.jmoe.data.corpus;

import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;

/** Collects segments of a corpus into a view. */
final class CorpusViewBuilder {
  private final TokenCorpus corpus;
  private final ImmutableLongArray.Builder starts = ImmutableLongArray.builder();
  private final ImmutableLongArray.Builder ends = ImmutableLongArray.builder();
  private final ImmutableIntArray.Builder domains = ImmutableIntArray.builder();
  private final ImmutableIntArray.Builder rows = ImmutableIntArray.builder();

  CorpusViewBuilder(TokenCorpus corpus) {
    this.corpus = corpus;
  }

  /** Adds tokens [start, end) of a segment. */
  void add(int segment, long start, long end) {
    if (start < end) {
      starts.add(start);
      ends.add(end);
      domains.add(corpus.layout().domains().get(segment));
      rows.add(corpus.layout().rows().get(segment));
    }
  }

  CorpusView build() {
    return new CorpusView(corpus, starts.build(), ends.build(), domains.build(), rows.build());
  }
}
