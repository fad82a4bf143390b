package org.jmoe.data.parquet;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.apache.parquet.column.ParquetProperties.WriterVersion;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/** Writes Parquet files with Parquet's writer, and corrupts them. */
public final class ParquetSamples {
  /** Schema of tokens as a standard list, with a domain. */
  public static final String LISTS =
      """
      message m {
        optional group input_ids (LIST) { repeated group list { optional int32 element; } }
        optional binary domain (STRING);
      }\
      """;

  private ParquetSamples() {}

  /** Write options. */
  public record Style(CompressionCodecName codec, WriterVersion version, boolean dictionary) {
    /** Options of most files on the hub. */
    public static final Style USUAL =
        new Style(CompressionCodecName.SNAPPY, WriterVersion.PARQUET_1_0, true);
  }

  /** Writes rows, each filled by a function, in small pages and row groups. */
  public static Path write(Path file, String schema, Style style, List<Consumer<Group>> rows) {
    MessageType type = MessageTypeParser.parseMessageType(schema);
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new LocalOutputFile(file))
            .withType(type)
            .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
            .withConf(new PlainParquetConfiguration())
            .withCodecFactory(new GzipWithoutHadoop())
            .withCompressionCodec(style.codec())
            .withWriterVersion(style.version())
            .withDictionaryEncoding(style.dictionary())
            .withPageRowCountLimit(50)
            .withRowGroupRowCountLimit(200)
            .build()) {
      for (Consumer<Group> row : rows) {
        Group group = new SimpleGroup(type);
        row.accept(group);
        writer.write(group);
      }
      return file;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns a row of {@link #LISTS}. */
  public static Consumer<Group> tokens(String domain, int... ids) {
    return row -> {
      Group list = row.addGroup("input_ids");
      Arrays.stream(ids).forEach(id -> list.addGroup("list").add("element", id));
      row.add("domain", domain);
    };
  }

  /** Modifies the footer of a file. */
  static void rewrite(Path file, Consumer<FileMetaData> change) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(bytes.length - 8);
    int start = bytes.length - 8 - length;
    FileMetaData footer = Util.readFileMetaData(new ByteArrayInputStream(bytes, start, length));
    change.accept(footer);
    Files.write(file, concat(Arrays.copyOf(bytes, start), footer));
  }

  /** Replaces the first column chunk of a file by a single page. */
  static void replacePages(Path file, PageHeader header, byte[] body) throws IOException {
    ByteArrayOutputStream pages = new ByteArrayOutputStream();
    pages.writeBytes("PAR1".getBytes(StandardCharsets.ISO_8859_1));
    Util.writePageHeader(header, pages);
    pages.writeBytes(body);
    rewrite(
        file,
        footer -> {
          var chunk = footer.getRow_groups().get(0).getColumns().get(0).getMeta_data();
          chunk.unsetDictionary_page_offset();
          chunk.setData_page_offset(4);
          chunk.setTotal_compressed_size(pages.size() - 4);
        });
    byte[] bytes = Files.readAllBytes(file);
    System.arraycopy(pages.toByteArray(), 0, bytes, 0, pages.size());
    Files.write(file, bytes);
  }

  private static byte[] concat(byte[] data, FileMetaData footer) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(data);
    Util.writeFileMetaData(footer, all);
    int length = all.size() - data.length;
    all.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(length).array());
    all.writeBytes("PAR1".getBytes(StandardCharsets.ISO_8859_1));
    return all.toByteArray();
  }
}
