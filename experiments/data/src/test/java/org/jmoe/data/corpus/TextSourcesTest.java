package org.jmoe.data.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorOutputStream;
import org.apache.commons.compress.compressors.zstandard.ZstdCompressorOutputStream;
import org.jmoe.data.formats.Collected;
import org.jmoe.data.text.TextExtension;
import org.jmoe.data.text.TextFormat;
import org.jmoe.data.text.TextSource;
import org.jmoe.data.tokenizer.ByteTokenizer;
import org.jmoe.extension.Extensions;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Progress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Detection of formats, and reporting of skipped files. */
final class TextSourcesTest {
  private static final ImmutableList<TextFormat> FORMATS = TextExtension.formats(Extensions.load());
  private static final TextSource.Fields FIELDS = new TextSource.Fields("text", List.of("domain"));
  private static final String TWO = "{\"text\":\"one\"}\n{\"text\":\"two\"}\n";

  @TempDir Path folder = Path.of("");

  private ReadReport report = ReadReport.allowing(100);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"text\":\"one\"}\n{\"text\":\"two\"}\n",
        "{\"text\":\"one\"}\r\n\r\n{\"text\":\"two\"}",
        "\uFEFF{\"text\":\"one\"}\n{\"text\":\"two\"}\n",
        "[{\"text\": \"one\"}, {\"text\": \"two\"}]",
        "[\n  {\n    \"text\": \"one\"\n  },\n  {\"text\": \"two\"}\n]\n",
        "{\n  \"text\": \"one\"\n}\n{\n  \"text\": \"two\"\n}\n",
        "{\"text\":\"one\",\"score\":NaN}\n{\"score\":-Infinity,\"text\":\"two\"}\n",
        "{\"text\":\"one\"} {\"text\":\"two\"}",
        "[\"one\", \"two\"]",
      })
  void readsJsonRecordsInAnyLayout(String json) throws IOException {
    for (String name : List.of("a.json", "a.jsonl", "a.ndjson")) {
      text(name, json);
      assertEquals(List.of("one", "two"), texts(build(name)), name);
    }
  }

  @Test
  void singleObjectIsOneDocument() throws IOException {
    text("a.json", "{\n \"id\": 3,\n \"text\": \"one\"}");
    assertEquals(List.of("one"), texts(build("a.json")));
  }

  @Test
  void utf16IsDetectedByItsByteOrderMark() throws IOException {
    write("a.txt", ("\uFEFF" + "é").getBytes(StandardCharsets.UTF_16LE));
    write("b.jsonl", ("\uFEFF" + TWO).getBytes(StandardCharsets.UTF_16BE));
    assertEquals(List.of("é"), texts(build("a.txt")));
    assertEquals(List.of("one", "two"), texts(build("b.jsonl")));
  }

  @Test
  void unpairedSurrogatesAreReplaced() throws IOException {
    text("a.jsonl", "{\"text\":\"half \\ud83d pair \\ude00\\ud83d\\ude00\"}\n");
    assertEquals(List.of("half \uFFFD pair \uFFFD\uD83D\uDE00"), texts(build("a.jsonl")));
  }

  @ParameterizedTest
  @CsvSource({"gz", "bz2", "zst", "xz"})
  void readsCompressedFiles(String extension) throws IOException {
    write("in/a.jsonl." + extension, compressed(extension, TWO.getBytes(StandardCharsets.UTF_8)));
    write("in/b.txt." + extension, compressed(extension, "three".getBytes(StandardCharsets.UTF_8)));
    assertEquals(List.of("one", "two", "three"), texts(build("in")));
    assertEquals("2 files read, none skipped", report.line());
    assertEquals(List.of("one", "two"), texts(build("in/a.jsonl." + extension)));
  }

  @Test
  void readsConcatenatedFrames() throws IOException {
    byte[] one = compressed("gz", "{\"text\":\"one\"}\n".getBytes(StandardCharsets.UTF_8));
    byte[] both = Arrays.copyOf(one, one.length * 2);
    System.arraycopy(one, 0, both, one.length, one.length);
    write("a.jsonl.gz", both);
    assertEquals(List.of("one", "one"), texts(build("a.jsonl.gz")));
  }

  @ParameterizedTest
  @CsvSource({"gz", "bz2", "zst", "xz"})
  void truncatedCompressedFileIsRejected(String extension) throws IOException {
    byte[] noise = new byte[20_000];
    new java.util.Random(1).nextBytes(noise);
    byte[] complete =
        compressed(
            extension, java.util.HexFormat.of().formatHex(noise).getBytes(StandardCharsets.UTF_8));
    write("a.txt." + extension, Arrays.copyOf(complete, complete.length / 2));
    DataFormatException e =
        assertThrows(DataFormatException.class, () -> build("a.txt." + extension));
    assertTrue(e.getMessage().contains("a.txt." + extension), e.getMessage());
    assertTrue(e.getMessage().contains("truncated"), e.getMessage());
  }

  @Test
  void readsEntriesOfArchives() throws IOException {
    write("a.tar.gz", compressed("gz", tar("x/b.jsonl", TWO, "x/c.txt", "three", "d.so", "\0")));
    assertEquals(List.of("one", "two", "three"), texts(build("a.tar.gz")));
    assertEquals(
        "2 files read, 1 skipped: a.tar!d.so (has an unknown format; use --plain-text to read it as"
            + " one document)",
        report.line());
    write("a.zip", zip("b.jsonl", TWO, "c.txt", "three", "e.txt.gz", ""));
    report = ReadReport.allowing(100);
    assertEquals(List.of("one", "two", "three"), texts(build("a.zip")));
    assertEquals("2 files read, 1 skipped: a.zip!e.txt.gz (empty)", report.line());
  }

  @Test
  void malformedRecordsAreSkippedAndCounted() throws IOException {
    text(
        "a.jsonl",
        """
        {"text":"one"}
        {"text": "tw
        {"text":3}
        {"txt":"x"}
        {"text":"\\xff"}
        {"text":"two"}
        """);
    assertEquals(List.of("one", "two"), texts(build("a.jsonl")));
    assertEquals(4, report.badRecords());
    assertTrue(report.line().contains("4 malformed records skipped, the first: "), report.line());
    assertTrue(report.line().contains("a.jsonl is malformed JSON at line 2"), report.line());
  }

  @Test
  void recordsWithInvalidUtf8AreSkipped() throws IOException {
    byte[] bytes = "{\"text\":\"on?\"}\n{\"text\":\"two\"}\n".getBytes(StandardCharsets.UTF_8);
    bytes[11] = (byte) 0xE9; // Latin-1
    write("a.jsonl", bytes);
    assertEquals(List.of("two"), texts(build("a.jsonl")));
    assertEquals(1, report.badRecords());
  }

  @Test
  void tooManyMalformedRecordsAreAnError() throws IOException {
    text("a.jsonl", "{\"text\":\"one\"}\n" + "{\"text\n".repeat(3));
    report = ReadReport.allowing(2);
    DataFormatException e = assertThrows(DataFormatException.class, () -> build("a.jsonl"));
    assertTrue(e.getMessage().contains("line 4"), e.getMessage());
    assertTrue(e.getMessage().contains("--max-bad-records allows 2"), e.getMessage());
    report = ReadReport.allowing(0);
    e = assertThrows(DataFormatException.class, () -> build("a.jsonl"));
    assertTrue(e.getMessage().contains("line 2"), e.getMessage());
  }

  @Test
  void fileWithoutGoodRecordIsRejected() throws IOException {
    text("a.jsonl", "{\"content\":\"one\"}\n".repeat(3000));
    DataFormatException e = assertThrows(DataFormatException.class, () -> build("a.jsonl"));
    assertTrue(e.getMessage().contains("[content]"), e.getMessage());
    assertTrue(e.getMessage().contains("--text-field"), e.getMessage());
  }

  @Test
  void unknownFilesAreReadOnlyOnRequest() throws IOException {
    text("a.dat", "one");
    DataFormatException e = assertThrows(DataFormatException.class, () -> build("a.dat"));
    assertTrue(e.getMessage().contains("unknown format; use --plain-text"), e.getMessage());
    TextSource.Options asText = new TextSource.Options(FIELDS, ImmutableList.of(), true, FORMATS);
    assertEquals(List.of("one"), texts(build("a.dat", asText)));
  }

  @Test
  void datasetDescriptionsAreSkipped() throws IOException {
    text("in/README.md", "# Card");
    text("in/LICENSE", "MIT");
    text("in/.gitattributes", "*");
    text("in/dataset_infos.json", "{\"text\":\"no\"}");
    text("in/data/train.jsonl", TWO);
    assertEquals(List.of("one", "two"), texts(build("in")));
    assertEquals(
        "1 file read, 4 skipped: LICENSE, README.md (a description of the data), .gitattributes"
            + " (hidden), dataset_infos.json (metadata)",
        report.line());
    text("prose/README.md", "# Book");
    text("prose/one.md", "Chapter");
    assertEquals(List.of("# Book", "Chapter"), texts(build("prose")));
    text("card/README.md", "# Data are missing");
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> build("card"));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.contains("README.md (a description of the data)"), message);
  }

  @Test
  void decompressedFilesMayKeepTheirNames() throws IOException {
    text("a.jsonl.gz", TWO);
    assertEquals(List.of("one", "two"), texts(build("a.jsonl.gz")));
    text("b.txt.zst", "three");
    assertEquals(List.of("three"), texts(build("b.txt.zst")));
  }

  @Test
  void linksInArchivesAreNotFollowed() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      TarArchiveEntry link = new TarArchiveEntry("link.txt", TarArchiveEntry.LF_SYMLINK);
      link.setLinkName("/etc/hostname");
      tar.putArchiveEntry(link);
      tar.closeArchiveEntry();
    }
    write("a.tar", bytes.toByteArray());
    text("b.txt", "b");
    assertEquals(List.of("b"), texts(build(".")));
    assertEquals("1 file read, 1 skipped: a.tar!link.txt (not a regular file)", report.line());
  }

  @Test
  void skippableFramesOfZstdAreSkipped() throws IOException {
    byte[] frame = {0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2};
    write(
        "a.jsonl.zst",
        Bytes.concat(frame, compressed("zst", TWO.getBytes(StandardCharsets.UTF_8))));
    assertEquals(List.of("one", "two"), texts(build("a.jsonl.zst")));
  }

  @Test
  void splitsOfPlainTextAreSeparated() throws IOException {
    text("in/train.txt", "a");
    text("in/valid.txt", "b");
    text("in/test.txt", "c");
    assertEquals(List.of("a", "b"), texts(build("in")));
    assertEquals(
        "2 files read, 1 skipped: test.txt (belongs to split test; read it with --split test)",
        report.line());
    text("notes/test.txt", "a");
    text("notes/other.txt", "b");
    assertEquals(List.of("b", "a"), texts(build("notes")));
  }

  @Test
  void splitsOfAFolderAreSeparated() throws IOException {
    text("in/data/train-00000-of-00002.jsonl", "{\"text\":\"a\"}");
    text("in/data/train-00001-of-00002.jsonl", "{\"text\":\"b\"}");
    text("in/data/validation-00000-of-00001.jsonl", "{\"text\":\"c\"}");
    text("in/data/test-00000-of-00001.jsonl", "{\"text\":\"d\"}");
    Collected rows = build("in");
    assertEquals(List.of("a", "b", "c"), texts(rows));
    assertEquals(List.of(false, false, true), rows.heldOut);
    assertEquals(List.of("in", "in", "in"), rows.domains);
    assertTrue(report.line().contains("(belongs to split test"), report.line());
    assertEquals(List.of("d"), texts(build("in", split("test"))));
    assertEquals(List.of("a", "b"), texts(build("in", split("train"))));
    DataFormatException e =
        assertThrows(DataFormatException.class, () -> build("in", split("dev1")));
    assertTrue(e.getMessage().contains("--split: test, train, validation"), e.getMessage());
  }

  @Test
  void testSplitIsHeldOutWithoutValidationSplit() throws IOException {
    text("in/train.jsonl", "{\"text\":\"a\"}");
    text("in/test.jsonl", "{\"text\":\"b\"}");
    Collected rows = build("in");
    assertEquals(List.of("b", "a"), texts(rows));
    assertEquals(List.of(true, false), rows.heldOut);
  }

  @Test
  void splitsOfUnclearPurposeMustBeChosen() throws IOException {
    text("in/dataset_dict.json", "{\"splits\": [\"good\", \"bad\"]}");
    text("in/good/a.jsonl", "{\"text\":\"a\"}");
    text("in/bad/a.jsonl", "{\"text\":\"b\"}");
    DataFormatException e = assertThrows(DataFormatException.class, () -> build("in"));
    assertTrue(e.getMessage().contains("--split: bad, good"), e.getMessage());
    assertEquals(List.of("a"), texts(build("in", split("good"))));
  }

  @Test
  void brokenAndCyclicLinksAreReported() throws IOException {
    text("in/a/one.txt", "one");
    text("elsewhere/two.txt", "two");
    Files.createSymbolicLink(folder.resolve("in/a/up"), folder.resolve("in"));
    Files.createSymbolicLink(folder.resolve("in/b"), folder.resolve("elsewhere"));
    Files.createSymbolicLink(folder.resolve("in/gone.txt"), folder.resolve("nowhere"));
    assertEquals(List.of("one", "two"), texts(build("in")));
    assertEquals(
        "2 files read, 2 skipped: gone.txt (a broken link), a/up (a link to a parent folder)",
        report.line());
  }

  @Test
  void errorListsSkippedFilesIfNothingIsRead() throws IOException {
    text("in/a.bin", "xx");
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> build("in"));
    assertTrue(String.valueOf(e.getMessage()).contains("a.bin (token data"), e.getMessage());
  }

  private static TextSource.Options split(String name) {
    return new TextSource.Options(FIELDS, ImmutableList.of(name), false, FORMATS);
  }

  private Collected build(String input) {
    return build(input, TextSource.Options.of(FIELDS));
  }

  private Collected build(String input, TextSource.Options options) {
    Path out = folder.resolve("out.arrow");
    CorpusBuilder builder =
        new CorpusBuilder(new ByteTokenizer(), false, new HeldOut(0, 0), false, Map.of());
    TextSource source = TextSource.of(folder.resolve(input), options);
    builder.build(List.of(source), out, true, report, Progress.none());
    return Collected.read(out);
  }

  private static List<String> texts(Collected rows) {
    return rows.rows.stream()
        .map(row -> new ByteTokenizer().decode(row.stream().mapToInt(i -> i).toArray()))
        .toList();
  }

  private void text(String name, String text) throws IOException {
    write(name, text.getBytes(StandardCharsets.UTF_8));
  }

  private void write(String name, byte[] bytes) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.write(file, bytes);
  }

  private static byte[] compressed(String extension, byte[] bytes) throws IOException {
    ByteArrayOutputStream target = new ByteArrayOutputStream();
    try (OutputStream out =
        switch (extension) {
          case "gz" -> new GZIPOutputStream(target);
          case "bz2" -> new BZip2CompressorOutputStream(target);
          case "zst" -> new ZstdCompressorOutputStream(target);
          default -> new XZCompressorOutputStream(target);
        }) {
      out.write(bytes);
    }
    return target.toByteArray();
  }

  private static byte[] tar(String... namesAndTexts) throws IOException {
    ByteArrayOutputStream target = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(target)) {
      for (int i = 0; i < namesAndTexts.length; i += 2) {
        byte[] bytes = namesAndTexts[i + 1].getBytes(StandardCharsets.UTF_8);
        TarArchiveEntry entry = new TarArchiveEntry(namesAndTexts[i]);
        entry.setSize(bytes.length);
        tar.putArchiveEntry(entry);
        tar.write(bytes);
        tar.closeArchiveEntry();
      }
    }
    return target.toByteArray();
  }

  private static byte[] zip(String... namesAndTexts) throws IOException {
    ByteArrayOutputStream target = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(target, StandardCharsets.UTF_8)) {
      for (int i = 0; i < namesAndTexts.length; i += 2) {
        zip.putNextEntry(new ZipEntry(namesAndTexts[i]));
        zip.write(namesAndTexts[i + 1].getBytes(StandardCharsets.UTF_8));
      }
    }
    return target.toByteArray();
  }
}
