package org.jmoe.data.corpus;

import java.util.HashSet;
import java.util.Set;

/** Disjoint training and validation data of a corpus. */
public record CorpusSplit(CorpusView train, CorpusView validation) {
  private static final int FEW_ROWS = 100;

  static CorpusSplit of(TokenCorpus corpus, double share, long seed) {
    CorpusRows rows = corpus.layout();
    CorpusViewBuilder train = new CorpusViewBuilder(corpus);
    CorpusViewBuilder validation = new CorpusViewBuilder(corpus);
    Set<Integer> marked = new HashSet<>(rows.heldOut().asList());
    HeldOut heldOut = new HeldOut(share, seed);
    boolean cut = marked.isEmpty() && rows.count() < FEW_ROWS;
    for (int i = 0; i < rows.domains().length(); i++) {
      long start = rows.starts().get(i);
      long end = rows.starts().get(i + 1);
      int row = rows.rows().get(i);
      boolean held = marked.isEmpty() ? heldOut.test("row " + row) : marked.contains(row);
      long middle = cut ? end - Math.round(share * (end - start)) : held ? start : end;
      train.add(i, start, middle);
      validation.add(i, middle, end);
    }
    return new CorpusSplit(train.build(), validation.build());
  }
}
