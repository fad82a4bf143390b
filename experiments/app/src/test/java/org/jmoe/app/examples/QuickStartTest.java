package org.jmoe.app.examples;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jmoe.data.corpus.DefaultCorpus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class QuickStartTest {
  @TempDir Path folder = Path.of("");

  @Test
  void trainsAndPrintsTheResult() throws IOException {
    source("alpha", "int total = total + alpha; // counts\n");
    source("omega", "return new Omega<>(omega, List.of());\n");
    String printed = output();
    assertTrue(
        printed.matches(
            "held-out loss: \\d\\.\\d\\d nats per token\n(model/layers/[01]/moe: cv .*\n){2}"),
        printed);
    assertTrue(Files.exists(folder.resolve("run/summary.json")));
  }

  /** Uses a small corpus, since building the default one is slow. */
  private String output() {
    PrintStream before = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    System.setProperty(DefaultCorpus.PROPERTY, folder.toString());
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      QuickStart.main(new String[] {folder.resolve("run").toString()});
    } finally {
      System.setOut(before);
      System.clearProperty(DefaultCorpus.PROPERTY);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private void source(String domain, String line) throws IOException {
    try (ZipOutputStream jar =
        new ZipOutputStream(Files.newOutputStream(folder.resolve(domain + ".jar")))) {
      for (int i = 0; i < 60; i++) {
        jar.putNextEntry(new ZipEntry("p/C" + i + ".java"));
        jar.write(line.repeat(10 + i % 7).getBytes(StandardCharsets.UTF_8));
        jar.closeEntry();
      }
    }
  }
}
