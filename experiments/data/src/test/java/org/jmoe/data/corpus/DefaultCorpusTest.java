package org.jmoe.data.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.tokenizer.ByteTokenizer;
import org.jmoe.io.Progress;
import org.junit.jupiter.api.Test;

/** The bundled corpus. */
final class DefaultCorpusTest {
  @Test
  void hasSixDomainsOfSimilarSize() {
    Path file = DefaultCorpus.locate().file(new ByteTokenizer(), Progress.none());
    DataSummary summary = DataSummary.of(TokenData.open(file));
    assertTrue(summary.domains().size() >= 6, summary.domains().keySet().toString());
    assertTrue(summary.tokens() >= 20_000_000, summary.tokens() + " bytes");
    double held = (double) summary.heldOutRows() / summary.rows();
    assertEquals(0.05, held, 0.01);
    summary
        .domains()
        .forEach((name, d) -> assertTrue(d.tokens() > 3_000_000 && d.tokens() <= 6_000_000, name));
  }
}
