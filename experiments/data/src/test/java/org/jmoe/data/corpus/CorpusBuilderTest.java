package org.jmoe.data.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.data.batch.Batch;
import org.jmoe.data.batch.Batches;
import org.jmoe.data.batch.Packing;
import org.jmoe.data.formats.Collected;
import org.jmoe.data.formats.DataKeys;
import org.jmoe.data.formats.Shared;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.text.LicenceHeader;
import org.jmoe.data.text.TextSource;
import org.jmoe.data.tokenizer.ByteTokenizer;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.OffHeap;
import org.jmoe.io.Progress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Building token files from texts. */
final class CorpusBuilderTest {
  private static final TextSource.Fields FIELDS = new TextSource.Fields("text", List.of("domain"));

  @TempDir Path folder = Path.of("");

  @Test
  void documentsBecomeRowsAndFoldersDomains() throws IOException {
    text("in/fr/b.txt", "é\0");
    text("in/en/a.txt", "Hi");
    text("in/top.txt", "!");
    text("in/.hidden", "no");
    Files.write(folder.resolve("in/image.png"), new byte[] {0, 1, 2, (byte) 0xFF});
    Collected rows = build(folder.resolve("in"));
    assertEquals(
        List.of(List.of(72, 105), List.of(33)),
        rows.rows); // b.txt has a zero character, so it is not text
    assertEquals(List.of("en", "in"), rows.domains);
  }

  @Test
  void readsTextAndDomainOfJsonLines() throws IOException {
    text(
        "a.jsonl",
        "{\"text\":\"A\",\"domain\":\"x\"}\n\n{\"domain\":3,\"text\":\"B\"}\n{\"text\":\"\"}\n");
    Collected rows = build(folder.resolve("a.jsonl"));
    assertEquals(List.of(List.of(65), List.of(66)), rows.rows);
    assertEquals(List.of("x", "3"), rows.domains);
  }

  @Test
  void lineWithoutTextIsReported() throws IOException {
    text("a.jsonl", "{\"text\":\"A\"}\n{\"content\":\"B\"}\n");
    DataFormatException e =
        assertThrows(DataFormatException.class, () -> build(folder.resolve("a.jsonl")));
    assertTrue(e.getMessage().contains("'text' at line 2"), e.getMessage());
    assertEquals(List.of("a.jsonl"), names());
  }

  @Test
  void archiveIsOneDomainSortedByName() throws IOException {
    try (OutputStream file = Files.newOutputStream(folder.resolve("lib.jar"));
        ZipOutputStream zip = new ZipOutputStream(file, StandardCharsets.UTF_8)) {
      for (String name : List.of("b/B.java", "META-INF/MANIFEST.MF", "a/A.java", "../evil.java")) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(name.substring(0, 1).getBytes(StandardCharsets.UTF_8));
      }
    }
    Collected rows = build(folder.resolve("lib.jar"));
    assertEquals(List.of(List.of((int) '.'), List.of((int) 'a'), List.of((int) 'b')), rows.rows);
    assertEquals(Set.of("lib"), new HashSet<>(rows.domains));
  }

  @Test
  void splitDependsOnlyOnNames() throws IOException {
    for (int i = 0; i < 400; i++) {
      text("in/d/" + i + ".txt", "document " + i);
    }
    List<Boolean> all = build(folder.resolve("in")).heldOut;
    long held = all.stream().filter(h -> h).count();
    assertTrue(held > 20 && held < 70, held + " of 400 held out, expected about 40");
    for (int i = 0; i < 300; i++) {
      Files.delete(folder.resolve("in/d/" + i + ".txt"));
    }
    List<Boolean> few = build(folder.resolve("in")).heldOut; // 300 to 399, sorted by name
    HeldOut heldOut = new HeldOut(0.1, 0);
    for (int i = 0; i < 100; i++) {
      assertEquals(heldOut.test("d/" + (300 + i) + ".txt"), few.get(i));
    }
    assertTrue(few.contains(true));
  }

  @Test
  void emptyCorpusLeavesNoFile() throws IOException {
    text("empty.txt", "");
    assertThrows(IllegalArgumentException.class, () -> build(folder.resolve("empty.txt")));
    assertEquals(List.of("empty.txt"), names());
  }

  @Test
  void existingFileIsKeptUnlessReplaced() throws IOException {
    text("a.txt", "new");
    text("out.arrow", "old");
    TextSource source = TextSource.of(folder.resolve("a.txt"), FIELDS);
    Path out = folder.resolve("out.arrow");
    assertThrows(
        IllegalArgumentException.class,
        () -> builder().build(List.of(source), out, false, Progress.none()));
    assertEquals("old", Files.readString(out));
  }

  @Test
  void metadataDescribesTheBuild() throws IOException {
    text("a.txt", "häß");
    build(folder.resolve("a.txt"));
    TokenData data = TokenData.open(folder.resolve("out.arrow"));
    assertEquals("256", data.metadata().get(DataKeys.VOCABULARY));
    assertEquals(
        "{\"a\":{\"train\":5,\"validation\":0}}", data.metadata().get(DataKeys.TEXT_BYTES));
    assertTrue(String.valueOf(data.metadata().get(DataKeys.BUILD)).contains("\"seed\":0"));
    try (BufferAllocator allocator = OffHeap.allocator();
        TokenCorpus corpus = TokenCorpus.load(data, allocator)) {
      Batches batches =
          Batches.sequential(Packing.of(corpus.all(), 5), 1, allocator); // 5 bytes and a separator
      try (Batch batch = batches.at(0)) {
        assertEquals(5 * 5 / 6.0, batch.textBytes(), 1e-12); // the first byte is not a target
      }
    }
  }

  @Test
  void readsTextColumnsOfArrow() {
    Collected rows = build(Shared.fixture("hf_text"));
    List<String> texts =
        rows.rows.stream()
            .map(r -> new ByteTokenizer().decode(r.stream().mapToInt(i -> i).toArray()))
            .toList();
    Set<String> expected = new HashSet<>();
    Shared.expected().path("texts").forEach(t -> expected.add(t.asText()));
    assertEquals(expected, new HashSet<>(texts));
  }

  @Test
  void stripsLicencesOnlyAtTheTop() {
    String code = "package a;\n/* License */\n";
    assertEquals(
        code, LicenceHeader.strip("/*\n * Licensed under the Apache License\n */\n\n" + code));
    assertEquals("/* Other */\n" + code, LicenceHeader.strip("/* Other */\n" + code));
    assertEquals(code, LicenceHeader.strip("// Copyright\n// License\n" + code));
  }

  private Collected build(Path input) {
    Path out = folder.resolve("out.arrow");
    builder().build(List.of(TextSource.of(input, FIELDS)), out, true, Progress.none());
    return Collected.read(out);
  }

  private static CorpusBuilder builder() {
    return new CorpusBuilder(new ByteTokenizer(), false, new HeldOut(0.1, 0), false, Map.of());
  }

  private void text(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.writeString(file, text);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(f -> String.valueOf(f.getFileName())).sorted().toList();
    }
  }
}
