package org.jmoe.data.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.compressors.CompressorException;
import org.apache.commons.compress.compressors.CompressorStreamFactory;
import org.apache.parquet.example.data.Group;
import org.jmoe.data.parquet.ParquetSamples;
import org.jmoe.io.DataFormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decompression bombs are rejected while they are read. */
final class BombsTest {
  private static final int LARGE = 1 << 27;
  private static final int ALLOWED = 1 << 26;

  @TempDir Path folder = Path.of("");

  @ParameterizedTest
  @ValueSource(strings = {"gz", "bzip2", "zstd", "xz"})
  void compressedFilesAreLimited(String codec) throws Exception {
    assertRejected(compressed("a.txt." + codec, codec, new byte[LARGE]));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gz", "bzip2", "zstd", "xz"})
  void filesBelowTheLimitAreRead(String codec) throws Exception {
    byte[] text = new byte[ALLOWED - 1];
    Arrays.fill(text, (byte) 'a');
    int[] lengths = new int[1];
    source(compressed("a.txt." + codec, codec, text))
        .read(document -> lengths[0] += document.text().length());
    assertEquals(ALLOWED - 1, lengths[0]);
  }

  @Test
  void nestedCompressionIsLimitedByTheFileSize() throws Exception {
    Path inner = compressed("a.txt.gz", "gz", new byte[LARGE]);
    assertRejected(compressed("b.txt.gz.gz", "gz", Files.readAllBytes(inner)));
  }

  @Test
  void compressedEntriesOfAZipAreLimited() throws Exception {
    Path inner = compressed("a.txt.bz2", "bzip2", new byte[LARGE]);
    Path file = folder.resolve("a.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
      out.putNextEntry(new ZipEntry("a.txt.bz2"));
      out.write(Files.readAllBytes(inner));
    }
    assertRejected(file);
  }

  @Test
  void compressedArchivesAreLimited() throws Exception {
    Path tar = folder.resolve("a.tar");
    try (TarArchiveOutputStream out = new TarArchiveOutputStream(Files.newOutputStream(tar))) {
      for (int i = 0; i < 4; i++) {
        TarArchiveEntry entry = new TarArchiveEntry(i + ".txt");
        entry.setSize(LARGE / 4);
        out.putArchiveEntry(entry);
        out.write(new byte[LARGE / 4]);
        out.closeArchiveEntry();
      }
    }
    assertRejected(compressed("a.tar.gz", "gz", Files.readAllBytes(tar)));
    Files.delete(tar);
  }

  /** A sparse entry declares holes, which take no space in the archive. */
  @Test
  void sparseEntriesAreLimited() throws IOException {
    Path tar = folder.resolve("sparse.tar");
    byte[] header = new byte[512];
    TarArchiveEntry entry = new TarArchiveEntry("a.txt", TarConstants.LF_GNUTYPE_SPARSE);
    entry.setSize(0);
    entry.writeEntryHeader(header);
    byte[] magic = "ustar  \0".getBytes(StandardCharsets.US_ASCII); // GNU's
    System.arraycopy(magic, 0, header, 257, magic.length);
    octal(header, 386, LARGE); // the first segment: empty, at the end
    octal(header, 398, 0);
    octal(header, 483, LARGE); // size including holes
    checksum(header);
    try (OutputStream out = Files.newOutputStream(tar)) {
      out.write(header);
      out.write(new byte[1024]);
    }
    assertRejected(tar);
  }

  private static void octal(byte[] header, int at, long value) {
    byte[] digits = "%011o ".formatted(value).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(digits, 0, header, at, digits.length);
  }

  private static void checksum(byte[] header) {
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte each : header) {
      sum += each & 0xFF;
    }
    byte[] digits = "%06o\0 ".formatted(sum).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(digits, 0, header, 148, digits.length);
  }

  @Test
  void repeatedDictionaryValuesAreLimited() {
    String word = "x".repeat(100_000);
    Path file =
        ParquetSamples.write(
            folder.resolve("a.parquet"),
            "message m { required binary text (STRING); }",
            ParquetSamples.Style.USUAL,
            Collections.<Consumer<Group>>nCopies(1000, row -> row.add("text", word)));
    assertRejected(file);
  }

  private static TextSource source(Path file) {
    return TextSource.of(file, new TextSource.Fields("text", List.of()));
  }

  private static void assertRejected(Path file) {
    long[] seen = new long[1];
    DataFormatException e =
        assertThrows(
            DataFormatException.class,
            () -> source(file).read(document -> seen[0] += document.text().length()));
    assertTrue(e.getMessage().contains("decompresses to more than 67108864 bytes"), e.getMessage());
    assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
    assertTrue(seen[0] <= ALLOWED + (1 << 20), "read " + seen[0]);
  }

  private Path compressed(String name, String codec, byte[] content)
      throws IOException, CompressorException {
    Path file = folder.resolve(name);
    try (OutputStream out =
        new CompressorStreamFactory()
            .createCompressorOutputStream(codec, Files.newOutputStream(file))) {
      out.write(content);
    }
    return file;
  }
}
