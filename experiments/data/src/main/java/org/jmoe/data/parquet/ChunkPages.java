package org.jmoe.data.parquet;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.DataPage;
import org.apache.parquet.column.page.DataPageV1;
import org.apache.parquet.column.page.DataPageV2;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.DictionaryPageHeader;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Util;
import org.apache.parquet.schema.PrimitiveType;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.FileBytes;
import org.jspecify.annotations.Nullable;

/**
 * Reads the pages of a column chunk one at a time. Parquet's own reader loads a whole row group,
 * which may be the entire file.
 */
final class ChunkPages implements PageReader {
  private static final int MAX_PAGE = 1 << 28;
  private static final int USUAL_HEADER = 1 << 12;
  private static final int MAX_HEADER = 1 << 24;
  private static final int MIN_VALUE = 4; // bytes per dictionary value

  private final FileBytes file;
  private final ColumnMetaData chunk;
  private final PageCodec codec;
  private final Statistics<?> none;
  private final long end;
  private long at;
  private long values;

  /** Creates a reader of a chunk, which must be inside the file. */
  ChunkPages(FileBytes file, ColumnMetaData chunk, PrimitiveType type) {
    this.file = file;
    this.chunk = chunk;
    this.codec = new PageCodec(file, chunk.getCodec());
    this.none = Statistics.createStats(type);
    this.at = ParquetFile.start(chunk);
    this.end = at + chunk.getTotal_compressed_size();
  }

  @Override
  public long getTotalValueCount() {
    return chunk.getNum_values();
  }

  @Override
  public @Nullable DictionaryPage readDictionaryPage() {
    Header header = header();
    if (header.page.getType() != PageType.DICTIONARY_PAGE) {
      return null;
    }
    DictionaryPageHeader dictionary = header.page.getDictionary_page_header();
    int size = header.page.getUncompressed_page_size();
    if (dictionary.getNum_values() < 0 || dictionary.getNum_values() > size / MIN_VALUE) {
      throw malformed(
          "declares %d values in a dictionary of %d bytes"
              .formatted(dictionary.getNum_values(), size));
    }
    byte[] bytes = codec.expand(body(header), size);
    return new DictionaryPage(
        BytesInput.from(bytes), dictionary.getNum_values(), encoding(dictionary.getEncoding()));
  }

  @Override
  public DataPage readPage() {
    while (true) {
      Header header = header();
      switch (header.page.getType()) {
        case DATA_PAGE -> {
          return page(header, header.page.getData_page_header());
        }
        case DATA_PAGE_V2 -> {
          return page(header, header.page.getData_page_header_v2());
        }
        case INDEX_PAGE -> body(header);
        case DICTIONARY_PAGE -> throw malformed("has a second dictionary");
      }
    }
  }

  private DataPage page(Header header, DataPageHeader page) {
    int size = header.page.getUncompressed_page_size();
    return new DataPageV1(
        BytesInput.from(codec.expand(body(header), size)),
        count(page.getNum_values()),
        size,
        none,
        encoding(page.getRepetition_level_encoding()),
        encoding(page.getDefinition_level_encoding()),
        encoding(page.getEncoding()));
  }

  private DataPage page(Header header, DataPageHeaderV2 page) {
    byte[] body = body(header);
    int repetitions = page.getRepetition_levels_byte_length();
    int definitions = page.getDefinition_levels_byte_length();
    if (repetitions < 0 || definitions < 0 || repetitions > body.length - definitions) {
      throw malformed(
          "has levels of %d and %d bytes in a page of %d"
              .formatted(repetitions, definitions, body.length));
    }
    int levels = repetitions + definitions;
    int size = header.page.getUncompressed_page_size() - levels;
    byte[] data = Arrays.copyOfRange(body, levels, body.length);
    if (size < 0) {
      throw malformed("has a page smaller than its %d bytes of levels".formatted(levels));
    }
    boolean compressed = page.isIs_compressed() && data.length > 0;
    return DataPageV2.uncompressed(
        page.getNum_rows(),
        page.getNum_nulls(),
        count(page.getNum_values()),
        BytesInput.from(body, 0, repetitions),
        BytesInput.from(body, repetitions, definitions),
        encoding(page.getEncoding()),
        BytesInput.from(compressed ? codec.expand(data, size) : data),
        none);
  }

  /** A page header and its size in bytes. */
  private record Header(PageHeader page, int length) {}

  private Header header() {
    if (at >= end) {
      throw malformed("ends after %d of its %d values".formatted(values, chunk.getNum_values()));
    }
    Header header;
    try {
      header = parse(USUAL_HEADER);
    } catch (IOException e) {
      try {
        header = parse(MAX_HEADER); // statistics may be long
      } catch (IOException again) {
        throw malformed("has no page at offset %d".formatted(at));
      }
    }
    int size = header.page.getUncompressed_page_size();
    int packed = header.page.getCompressed_page_size();
    if (size < 0 || size > MAX_PAGE || packed < 0 || packed > end - at - header.length) {
      throw malformed(
          "declares a page of %d bytes at offset %d with %d compressed bytes; a page may have at most %d bytes and must be inside the file"
              .formatted(size, at, packed, MAX_PAGE));
    }
    return header;
  }

  private Header parse(int max) throws IOException {
    int length = (int) Math.min(max, end - at);
    ByteArrayInputStream in = new ByteArrayInputStream(bytes(at, length, "a page header"));
    PageHeader page = Util.readPageHeader(in);
    return new Header(page, length - in.available());
  }

  // Reads the body and advances to the next page.
  private byte[] body(Header header) {
    long start = at + header.length;
    int length = header.page.getCompressed_page_size();
    at = start + length;
    byte[] bytes = bytes(start, length, "a page");
    CRC32 sum = new CRC32();
    sum.update(bytes);
    if (header.page.isSetCrc() && header.page.getCrc() != (int) sum.getValue()) {
      throw malformed("has a page at offset %d whose CRC-32 does not match".formatted(start));
    }
    return bytes;
  }

  private byte[] bytes(long start, int length, String what) {
    byte[] bytes = new byte[length];
    file.read(start, length, what).get(bytes);
    return bytes;
  }

  private int count(int declared) {
    if (declared < 0 || declared > chunk.getNum_values() - values) {
      throw malformed("has more than its declared %d values".formatted(chunk.getNum_values()));
    }
    values += declared;
    return declared;
  }

  private static Encoding encoding(org.apache.parquet.format.Encoding encoding) {
    return Encoding.valueOf(encoding.name());
  }

  private DataFormatException malformed(String problem) {
    return file.malformed(
        "is malformed: its column %s %s; write or copy the file again"
            .formatted(String.join(".", chunk.getPath_in_schema()), problem));
  }
}
