package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The account of {@code jmoe data build} for a folder with every kind of file. */
final class MixedFolderTest {
  @TempDir Path folder = Path.of("");

  private void text(String name, String content) throws IOException {
    Path file = folder.resolve("in").resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private static byte[] zip(String name, String content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (String each : new String[] {name, "blob.dat"}) {
        zip.putNextEntry(new ZipEntry(each));
        zip.write(content.getBytes(StandardCharsets.UTF_8));
      }
    }
    return bytes.toByteArray();
  }

  @Test
  void oneLineAccountsForEveryFile() throws IOException {
    text("array.json", "[{\"text\":\"a\"},{\"text\":\"b\",\"score\":NaN}]");
    text("bom.txt", "\ufeffc");
    text("crlf.jsonl", "{\"text\":\"d\"}\r\n{\"text\":5}\r\n{\"text\":\"e\"}\r\n");
    text("sub/code.py", "f");
    text("README.md", "card");
    text("table.csv", "text\ng\n");
    text("empty.jsonl", "");
    text("state.json", "{}");
    text(".cache/x.txt", "hidden");
    Path in = folder.resolve("in");
    Files.write(in.resolve("latin.txt"), new byte[] {(byte) 0xe9});
    Files.write(in.resolve("tokens.bin"), new byte[] {1, 0});
    Files.write(in.resolve("archive.zip"), zip("h.txt", "h"));
    Files.writeString(in.resolve("wide.txt"), "i", StandardCharsets.UTF_16);
    try (OutputStream out =
        new GZIPOutputStream(Files.newOutputStream(in.resolve("lines.jsonl.gz")))) {
      out.write("{\"text\":\"j\"}\n".getBytes(StandardCharsets.UTF_8));
    }
    Files.createSymbolicLink(in.resolve("up"), in);
    Files.createSymbolicLink(in.resolve("broken"), folder.resolve("none"));
    Run run = Run.of("data", "build", "--out", folder + "/o.arrow", in.toString());
    assertEquals(0, run.code(), run.err());
    assertTrue(run.out().contains(" 9 rows (0 held out), 9 tokens, "), run.out());
    assertEquals(
        "7 files read, 10 skipped: broken (a broken link), README.md (a description of the data),"
            + " up (a link to a parent folder), empty.jsonl (empty), archive.zip!blob.dat,"
            + " table.csv (has an unknown format; use --plain-text to read it as one document),"
            + " .cache/ (hidden), state.json (metadata), latin.txt (not UTF-8 text; convert or"
            + " remove it), tokens.bin (token data; see jmoe data inspect); 1 malformed record"
            + " skipped, the first: "
            + in
            + "/crlf.jsonl has no string in field 'text' at line 2, but a number; use one record"
            + " per text",
        run.out().lines().skip(1).findFirst().orElse(""));
  }
}
