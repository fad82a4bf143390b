package org.jmoe.data.parquet;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.KeyValue;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.Util;
import org.apache.parquet.format.converter.ParquetMetadataConverter;
import org.apache.parquet.schema.MessageType;
import org.jmoe.io.FileBytes;
import org.jmoe.io.Malformed;
import org.jmoe.io.arrow.ArrowColumns;
import org.jmoe.io.arrow.ColumnBatches;

/**
 * The footer of a Parquet file. Declared sizes and offsets are checked against the file before
 * memory is allocated.
 *
 * @param columns schema with Arrow types
 * @param metadata key-value metadata, without the serialized Arrow schema
 */
public record ParquetFile(
    FileBytes file,
    MessageType message,
    Schema columns,
    ImmutableMap<String, String> metadata,
    ImmutableList<RowGroup> groups,
    String createdBy) {
  private static final int TAIL = 8; // length of the footer and "PAR1"
  private static final int MAX_FOOTER = 1 << 28;
  private static final String ARROW_SCHEMA = "ARROW:schema";

  /** Reads the footer. */
  public static ParquetFile of(FileBytes file) {
    return Malformed.guard(file.path(), "the Parquet footer", () -> footer(file));
  }

  private static ParquetFile footer(FileBytes file) {
    long tail = file.size() - TAIL;
    if (tail < 4 || !magic(file, file.size() - 4).equals("PAR1")) {
      throw file.malformed(
          "is truncated: it does not end with PAR1, as a Parquet file must; write or copy the file"
              + " again");
    }
    int length = file.read(tail, 4, "the length of the Parquet footer").getInt(0);
    if (length <= 0 || length > MAX_FOOTER || length > tail - 4) {
      throw file.malformed(
          "is malformed: its Parquet footer declares a length of %d bytes in a file of %d; write or copy the file again"
              .formatted(Integer.toUnsignedLong(length), file.size()));
    }
    byte[] bytes = new byte[length];
    file.read(tail - length, length, "the Parquet footer").get(bytes);
    try {
      FileMetaData footer = Util.readFileMetaData(new ByteArrayInputStream(bytes), length);
      ImmutableList<RowGroup> groups = ImmutableList.copyOf(footer.getRow_groups());
      groups.forEach(group -> check(file, group, tail - length));
      // Only the schema is converted; statistics are not needed and may be malformed.
      footer.setRow_groups(List.of());
      MessageType message =
          new ParquetMetadataConverter().fromParquetMetadata(footer).getFileMetaData().getSchema();
      return new ParquetFile(
          file,
          message,
          ParquetTypes.arrow(message),
          metadata(footer),
          groups,
          footer.isSetCreated_by() ? footer.getCreated_by() : "");
    } catch (IOException e) {
      throw new IllegalArgumentException("its structure is invalid", e);
    }
  }

  private static String magic(FileBytes file, long offset) {
    return StandardCharsets.ISO_8859_1.decode(file.read(offset, 4, "the magic bytes")).toString();
  }

  private static ImmutableMap<String, String> metadata(FileMetaData footer) {
    ImmutableMap.Builder<String, String> metadata = ImmutableMap.builder();
    if (footer.isSetKey_value_metadata()) {
      for (KeyValue entry : footer.getKey_value_metadata()) {
        if (!entry.getKey().equals(ARROW_SCHEMA) && entry.isSetValue()) {
          metadata.put(entry.getKey(), entry.getValue());
        }
      }
    }
    return metadata.buildKeepingLast();
  }

  private static void check(FileBytes file, RowGroup group, long footer) {
    if (group.getNum_rows() < 0) {
      throw file.malformed(
          "is malformed: a row group declares %d rows; write or copy the file again"
              .formatted(group.getNum_rows()));
    }
    for (ColumnChunk chunk : group.getColumns()) {
      if (chunk.isSetFile_path()) {
        throw file.malformed(
            "stores its data in another file, %s; specify that file or its folder"
                .formatted(chunk.getFile_path()));
      }
      if (!chunk.isSetMeta_data()) {
        throw file.malformed(
            "has encrypted columns, which are not supported; write it unencrypted");
      }
      ColumnMetaData data = chunk.getMeta_data();
      long start = start(data);
      long length = data.getTotal_compressed_size();
      if (start < 4 || length < 0 || start > footer - length || data.getNum_values() < 0) {
        throw file.malformed(
            "is malformed: its column %s declares %d bytes at offset %d in a file of %d; write or copy the file again"
                .formatted(String.join(".", data.getPath_in_schema()), length, start, file.size()));
      }
    }
  }

  /** Returns the offset of a column chunk, which starts with its dictionary, if it has one. */
  static long start(ColumnMetaData chunk) {
    long pages = chunk.getData_page_offset();
    long dictionary = chunk.getDictionary_page_offset();
    return chunk.isSetDictionary_page_offset() && dictionary > 0
        ? Math.min(dictionary, pages)
        : pages;
  }

  /** Returns an iterator over selected columns, in Arrow batches. */
  public ColumnBatches batches(ArrowColumns wanted, BufferAllocator allocator) {
    return new ParquetBatches(this, wanted, allocator);
  }
}
