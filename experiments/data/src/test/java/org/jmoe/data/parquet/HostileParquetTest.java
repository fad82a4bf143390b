package org.jmoe.data.parquet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.apache.parquet.column.ParquetProperties.WriterVersion;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DictionaryPageHeader;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.jmoe.data.formats.Collected;
import org.jmoe.data.parquet.ParquetSamples.Style;
import org.jmoe.data.text.TextSource;
import org.jmoe.io.DataFormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Parquet files with invalid sizes are rejected with one sentence before memory is allocated. */
final class HostileParquetTest {
  private static final Style PLAIN =
      new Style(CompressionCodecName.UNCOMPRESSED, WriterVersion.PARQUET_1_0, false);
  private static final String FLAT = "message m { required int32 ids; }";

  @TempDir Path folder = Path.of("");

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 1 << 20, Integer.MAX_VALUE})
  void footerOutsideOfTheFileIsRejected(int length) throws IOException {
    Path file = lists();
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(bytes.length - 8, length);
    Files.write(file, bytes);
    assertRejected(file, "its Parquet footer declares");
  }

  @Test
  void encryptedFileIsReported() throws IOException {
    Path file = folder.resolve("e.parquet");
    Files.writeString(file, "PARE................PARE");
    assertRejected(file, "encrypted");
  }

  @Test
  void chunksOutsideOfTheFileAreRejected() throws IOException {
    assertRejectedWith(
        c -> c.setTotal_compressed_size(1L << 40), "declares 1099511627776 bytes at offset");
    assertRejectedWith(c -> c.setTotal_compressed_size(-1), "declares -1 bytes");
    assertRejectedWith(c -> c.setData_page_offset(1L << 50), "declares");
    assertRejectedWith(c -> c.setNum_values(-5), "is malformed");
    assertRejectedWith(c -> c.setNum_values(c.getNum_values() + 1), "ends after");
    assertRejectedWith(c -> c.setNum_values(c.getNum_values() - 1), "more than its declared");
    assertRejectedWith(c -> c.setTotal_compressed_size(10), "has no page at offset");
    assertRejectedWith(c -> c.setNum_values(1L << 40), "too many for a file of its size");
  }

  @ParameterizedTest
  @EnumSource(
      value = CompressionCodec.class,
      names = {"LZO", "BROTLI", "LZ4"})
  void unsupportedCodecsAreReported(CompressionCodec codec) throws IOException {
    assertRejectedWith(c -> c.setCodec(codec), codec + ", which is not supported");
  }

  @Test
  void rowsAndValuesMustAgree() throws IOException {
    Path more = lists();
    ParquetSamples.rewrite(more, f -> f.getRow_groups().get(0).setNum_rows(50));
    assertRejected(more, "fewer rows than its row group");
    Path negative = lists();
    ParquetSamples.rewrite(negative, f -> f.getRow_groups().get(0).setNum_rows(-1));
    assertRejected(negative, "declares -1 rows");
    Path less = lists();
    ParquetSamples.rewrite(less, f -> f.getRow_groups().get(0).setNum_rows(5));
    assertRejected(less, "more values than rows");
  }

  @Test
  void chunkInAnotherFileIsRejected() throws IOException {
    Path file = lists();
    ParquetSamples.rewrite(
        file, f -> f.getRow_groups().get(0).getColumns().get(0).setFile_path("other.parquet"));
    assertRejected(file, "stores its data in another file, other.parquet");
  }

  @Test
  void pagesWithInvalidSizesAreRejected() throws IOException {
    assertRejected(
        page(CompressionCodec.SNAPPY, Integer.MAX_VALUE, new byte[8]), "declares a page of");
    assertRejected(page(CompressionCodec.SNAPPY, -1, new byte[8]), "declares a page of");
    for (CompressionCodec codec :
        List.of(
            CompressionCodec.UNCOMPRESSED,
            CompressionCodec.SNAPPY,
            CompressionCodec.GZIP,
            CompressionCodec.ZSTD,
            CompressionCodec.LZ4_RAW)) {
      assertRejected(
          page(codec, 1 << 28, new byte[32]),
          "does not decompress to its declared size of 268435456");
    }
  }

  @Test
  void dictionaryWithInvalidSizeIsRejected() throws IOException {
    PageHeader header = new PageHeader(PageType.DICTIONARY_PAGE, 8, 8);
    header.setDictionary_page_header(new DictionaryPageHeader(Integer.MAX_VALUE, Encoding.PLAIN));
    Path file = flat();
    ParquetSamples.replacePages(file, header, new byte[8]);
    assertRejected(file, "declares 2147483647 values");
  }

  @Test
  void deltaPagesWithInvalidSizesAreRejected() throws IOException {
    byte[] corrupt = {
      (byte) 128, 1, 4, (byte) 255, (byte) 255, (byte) 255, (byte) 255, 7, 0, 0, 0, 0
    };
    PageHeader header = new PageHeader(PageType.DATA_PAGE, corrupt.length, corrupt.length);
    header.setData_page_header(
        new DataPageHeader(1000, Encoding.DELTA_BINARY_PACKED, Encoding.RLE, Encoding.RLE));
    Path file = flat();
    ParquetSamples.replacePages(file, header, corrupt);
    assertRejected(file, "is malformed");
  }

  @Test
  void textLongerThanItsPageIsRejected() throws IOException {
    Path file = folder.resolve("t.parquet");
    String schema = "message m { required binary text (STRING); }";
    Consumer<Group> row = r -> r.add("text", "x".repeat(100));
    ParquetSamples.write(file, schema, PLAIN, List.of(row));
    byte[] corrupt = new byte[20];
    Arrays.fill(corrupt, 0, 4, (byte) 0x7f);
    PageHeader header = new PageHeader(PageType.DATA_PAGE, corrupt.length, corrupt.length);
    header.setData_page_header(new DataPageHeader(1, Encoding.PLAIN, Encoding.RLE, Encoding.RLE));
    ParquetSamples.replacePages(file, header, corrupt);
    DataFormatException e =
        assertThrows(
            DataFormatException.class,
            () -> TextSource.of(file, new TextSource.Fields("text", List.of())).read(d -> {}));
    assertTrue(e.getMessage().contains("is malformed"), e.getMessage());
  }

  @Test
  void corruptPageIsDetectedByItsChecksum() throws IOException {
    Path file = flat();
    byte[] bytes = Files.readAllBytes(file);
    bytes[60] ^= 1; // a token
    Files.write(file, bytes);
    assertRejected(file, "whose CRC-32 does not match");
  }

  private Path page(CompressionCodec codec, int declared, byte[] body) throws IOException {
    Path file = flat();
    PageHeader header = new PageHeader(PageType.DATA_PAGE, declared, body.length);
    header.setData_page_header(
        new DataPageHeader(1000, Encoding.PLAIN, Encoding.RLE, Encoding.RLE));
    ParquetSamples.replacePages(file, header, body);
    ParquetSamples.rewrite(file, f -> first(f).setCodec(codec));
    return file;
  }

  private void assertRejectedWith(Consumer<ColumnMetaData> change, String words)
      throws IOException {
    Path file = lists();
    ParquetSamples.rewrite(file, footer -> change.accept(first(footer)));
    assertRejected(file, words);
  }

  private static ColumnMetaData first(FileMetaData footer) {
    return footer.getRow_groups().get(0).getColumns().get(0).getMeta_data();
  }

  private Path lists() {
    return ParquetSamples.write(
        folder.resolve("l.parquet"),
        ParquetSamples.LISTS,
        PLAIN,
        List.of(
            ParquetSamples.tokens("a", 1, 2, 3),
            ParquetSamples.tokens("a", 4),
            ParquetSamples.tokens("a", 5, 6, 7, 8, 9, 10),
            ParquetSamples.tokens("a"),
            ParquetSamples.tokens("a", 11),
            ParquetSamples.tokens("a", 12)));
  }

  private Path flat() {
    Consumer<Group> row = r -> r.add("ids", 5);
    return ParquetSamples.write(
        folder.resolve("f.parquet"), FLAT, PLAIN, Collections.nCopies(150, row));
  }

  private static void assertRejected(Path file, String words) {
    DataFormatException e = assertThrows(DataFormatException.class, () -> Collected.read(file));
    String message = e.getMessage();
    assertTrue(message.contains(words), message);
    assertTrue(message.startsWith(file.toString()), message);
    assertEquals(1, message.lines().count(), message);
    assertFalse(message.contains("Exception"), message);
  }
}
