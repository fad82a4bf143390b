package org.jmoe.data.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.data.formats.Collected;
import org.jmoe.data.formats.TokenData;
import org.jmoe.io.OffHeap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SyntheticCorpusTest {
  private static final HeldOut NONE = new HeldOut(0, 0);

  @TempDir Path folder = Path.of("");

  @Test
  void rowsFollowTheChainOfTheirDomain() {
    SyntheticCorpus corpus = new SyntheticCorpus(spec(2, 0, 1));
    Path file = folder.resolve("s.arrow");
    corpus.write(file, false, NONE);
    Collected rows = Collected.read(file);
    assertEquals(400, rows.rows.size());
    for (int d = 0; d < 2; d++) {
      double own = logLikelihood(rows, d, corpus.chain(d));
      double other = logLikelihood(rows, d, corpus.chain(1 - d));
      assertTrue(own > other + 1, "domain " + d + ": own " + own + ", other " + other);
    }
  }

  @Test
  void sameSpecGivesIdenticalFiles() throws IOException {
    Path one = folder.resolve("one.arrow");
    Path two = folder.resolve("two.arrow");
    Path three = folder.resolve("three.arrow");
    new SyntheticCorpus(spec(3, 0, 1)).write(one, false, NONE);
    new SyntheticCorpus(spec(3, 0, 1)).write(two, false, NONE);
    new SyntheticCorpus(spec(3, 0, 2)).write(three, false, NONE);
    assertEquals(-1, Files.mismatch(one, two));
    assertNotEquals(-1, Files.mismatch(one, three));
  }

  @Test
  void domainsCanSwitchWithinASequence() {
    Path file = folder.resolve("switching.arrow");
    new SyntheticCorpus(spec(2, 0.1, 1)).write(file, false, NONE);
    try (BufferAllocator allocator = OffHeap.allocator();
        TokenCorpus corpus = TokenCorpus.load(TokenData.open(file), allocator)) {
      assertEquals(1, corpus.rows());
      assertEquals(200 * 50, corpus.tokens());
      int switches = corpus.all().segments() - 1;
      assertTrue(switches > 300 && switches < 700, switches + " switches, expected about 500");
    }
  }

  @Test
  void invalidSpecsAreRejected() {
    assertThrows(IllegalArgumentException.class, () -> spec(0, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> spec(2, Double.NaN, 1));
  }

  // Mean log-probability of the transitions in the rows of a domain.
  private static double logLikelihood(Collected rows, int domain, MarkovChain chain) {
    double sum = 0;
    int count = 0;
    for (int r = 0; r < rows.rows.size(); r++) {
      List<Integer> row = rows.rows.get(r);
      for (int i = 1;
          rows.domains.get(r).equals(SyntheticCorpus.name(domain)) && i < row.size();
          i++) {
        sum += Math.log(chain.probability(row.get(i - 1), row.get(i)) + 1e-12);
        count++;
      }
    }
    return sum / count;
  }

  private static SyntheticCorpus.Spec spec(int domains, double switching, long seed) {
    return SyntheticCorpus.Spec.of(domains, 20, 2)
        .withSequences(200, 50)
        .withSwitching(switching)
        .withSeed(seed);
  }
}
