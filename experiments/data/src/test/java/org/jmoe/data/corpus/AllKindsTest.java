package org.jmoe.data.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jmoe.data.parquet.ParquetSamples;
import org.jmoe.data.text.TextSource;
import org.jmoe.data.tokenizer.ByteTokenizer;
import org.jmoe.io.Progress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder with a file of every kind, and the report line that accounts for each. */
final class AllKindsTest {
  @TempDir Path folder = Path.of("");

  @Test
  void everyFileIsReadOrReported() throws IOException {
    Path in = folder.resolve("in");
    String record = "{\"text\":\"one\"}\n";
    text("train.jsonl", record + "{\"text\": 3\n" + record);
    text("validation.jsonl", record);
    text("test.jsonl", record);
    text("list.json", "[\"one\",\"two\"]");
    text("notes.txt", "note");
    text("code/Main.java", "class Main {}");
    write("utf16.txt", "\uFEFFwide".getBytes(StandardCharsets.UTF_16LE));
    write("more.jsonl.gz", gzip(record.getBytes(StandardCharsets.UTF_8)));
    write("pages.tar.gz", gzip(tar("one.md", "# one")));
    write("books.zip", zip("a.txt", "b.png", ".c.txt"));
    ParquetSamples.write(
        in.resolve("shard.parquet"),
        "message m { required binary text (STRING); }",
        ParquetSamples.Style.USUAL,
        List.of(row -> row.add("text", "one"), row -> row.add("text", "two")));
    write("latin1.txt", "Gr\u00FC\u00DFe".getBytes(StandardCharsets.ISO_8859_1));
    write("image.png", new byte[] {(byte) 0x89, 'P', 'N', 'G', 0});
    write("report.docx", zip("word/document.xml"));
    write("tokens.bin", new byte[40]);
    write("tokens.npz", zip("ids.npy"));
    text("table.xyz", "?");
    text("empty.txt", "");
    text("_SUCCESS", "");
    text("README.md", "# data");
    text("LICENSE", "Apache");
    text("dataset_info.json", "{}");
    text("tokenizer.json", "{}");
    text(".hidden", "x");
    text(".git/config", "x");
    Files.createSymbolicLink(in.resolve("broken.txt"), Path.of("nowhere"));
    Files.createSymbolicLink(in.resolve("code/loop"), Path.of(".."));

    ReadReport report = ReadReport.allowing(100);
    TextSource source = TextSource.of(in, new TextSource.Fields("text", List.of("domain")));
    CorpusBuilder.Built built =
        new CorpusBuilder(new ByteTokenizer(), false, new HeldOut(0, 0), false, Map.of())
            .build(List.of(source), folder.resolve("o.arrow"), true, report, Progress.none());

    assertEquals(13, built.rows());
    assertEquals(1, built.heldOutRows());
    assertEquals(
        "10 files read, 19 skipped: broken.txt (a broken link), LICENSE, README.md (a description"
            + " of the data), code/loop (a link to a parent folder), test.jsonl (belongs to split"
            + " test; read it with --split test), _SUCCESS, empty.txt (empty), books.zip!b.png,"
            + " image.png, report.docx, table.xyz (has an unknown format; use --plain-text to read"
            + " it as one document), .hidden, .git/, books.zip!.c.txt (hidden), dataset_info.json,"
            + " tokenizer.json (metadata), latin1.txt (not UTF-8 text; convert or remove it),"
            + " tokens.bin, tokens.npz (token data; see jmoe data inspect); 1 malformed record"
            + " skipped, the first: "
            + in.resolve("train.jsonl")
            + " is malformed JSON at line 2, column 11: it ends in the middle of a value",
        report.line());
  }

  private void text(String name, String text) throws IOException {
    write(name, text.getBytes(StandardCharsets.UTF_8));
  }

  private void write(String name, byte[] bytes) throws IOException {
    Path file = folder.resolve("in").resolve(name);
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.write(file, bytes);
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    }
    return packed.toByteArray();
  }

  private static byte[] tar(String name, String text) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (TarArchiveOutputStream out = new TarArchiveOutputStream(packed)) {
      TarArchiveEntry entry = new TarArchiveEntry(name);
      entry.setSize(text.length());
      out.putArchiveEntry(entry);
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.closeArchiveEntry();
    }
    return packed.toByteArray();
  }

  /** Returns an archive with entries that contain "zip". */
  private static byte[] zip(String... names) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(packed)) {
      for (String name : names) {
        out.putNextEntry(new ZipEntry(name));
        out.write("zip".getBytes(StandardCharsets.UTF_8));
      }
    }
    return packed.toByteArray();
  }
}
