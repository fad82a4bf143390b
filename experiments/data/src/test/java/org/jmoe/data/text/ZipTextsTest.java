package org.jmoe.data.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jmoe.io.DataFormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives with invalid metadata. */
final class ZipTextsTest {
  private static final int CENTRAL_ENTRY = 0x02014b50;
  private static final int CRC = 16; // offsets within a central entry
  private static final int SIZE = 24;

  @TempDir Path folder = Path.of("");

  private Path zip(byte[] content) throws IOException {
    Path file = folder.resolve("a.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
      out.putNextEntry(new ZipEntry("a.txt"));
      out.write(content);
    }
    return file;
  }

  /** Increments an int of the only central directory entry. */
  private static void corrupt(Path file, int offset) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int at = 0;
    while (bytes.getInt(at) != CENTRAL_ENTRY) {
      at++;
    }
    bytes.putInt(at + offset, bytes.getInt(at + offset) + 1);
    Files.write(file, bytes.array());
  }

  private static ZipTexts texts(Path file) {
    return new ZipTexts(file, TextSource.Options.of(new TextSource.Fields("text", List.of())));
  }

  private static DataFormatException refused(Path file) {
    return assertThrows(DataFormatException.class, () -> texts(file).read(document -> {}));
  }

  @Test
  void checksumIsVerified() throws IOException {
    Path file = zip("some words".getBytes(StandardCharsets.UTF_8));
    List<String> texts = new ArrayList<>();
    texts(file).read(document -> texts.add(document.text()));
    assertEquals(List.of("some words"), texts);
    corrupt(file, CRC);
    String message = refused(file).getMessage();
    assertTrue(message.contains("the size or CRC-32 of a.txt does not match"), message);
  }

  @Test
  void sizeIsVerified() throws IOException {
    Path file = zip("some words".getBytes(StandardCharsets.UTF_8));
    corrupt(file, SIZE);
    refused(file);
  }

  @Test
  void compressionRatioIsLimited() throws IOException {
    Path file = zip(new byte[(1 << 26) + 1]); // 64 KiB when compressed
    String message = refused(file).getMessage();
    assertTrue(message.contains("contains more than 67108864 bytes"), message);
  }
}
