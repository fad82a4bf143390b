package org.jmoe.data.corpus;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.tokenizer.ByteTokenizer;
import org.jmoe.data.tokenizer.TextTokenizer;
import org.jmoe.io.Progress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  @Test
  void aTokenizerIsTrainedOnce(@TempDir Path jars) throws IOException {
    try (ZipOutputStream zip =
        new ZipOutputStream(Files.newOutputStream(jars.resolve("lib.jar")))) {
      for (int i = 0; i < 20; i++) {
        zip.putNextEntry(new ZipEntry("C" + i + ".java"));
        zip.write(("public final class C" + i + " {}\n").repeat(9).getBytes(UTF_8));
      }
    }
    DefaultCorpus corpus = new DefaultCorpus(jars);
    Path trained = corpus.tokenizer(270, Progress.none());
    byte[] content = Files.readAllBytes(trained);
    Files.write(trained, new byte[] {' '}, APPEND);
    assertEquals(trained, corpus.tokenizer(270, Progress.none()));
    assertEquals(content.length + 1, Files.size(trained));
    Files.delete(trained);
    assertArrayEquals(content, Files.readAllBytes(corpus.tokenizer(270, Progress.none())));
    try (TextTokenizer tokenizer = TextTokenizer.open(trained.toString())) {
      DataSummary summary = DataSummary.of(TokenData.open(corpus.file(tokenizer, Progress.none())));
      assertEquals(20, summary.rows());
      assertTrue(summary.tokens() < 20 * 9 * 20, summary.tokens() + " tokens");
    }
  }
}
