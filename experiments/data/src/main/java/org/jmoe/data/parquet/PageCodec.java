package org.jmoe.data.parquet;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.compressors.lz4.BlockLZ4CompressorInputStream;
import org.apache.commons.compress.compressors.snappy.SnappyCompressorInputStream;
import org.apache.commons.compress.compressors.zstandard.ZstdCompressorInputStream;
import org.apache.parquet.format.CompressionCodec;
import org.jmoe.io.FileBytes;

/**
 * Expands the pages of one file. Memory grows with the bytes that come out, never with the size
 * that a page claims.
 */
record PageCodec(FileBytes file, CompressionCodec codec) {
  private static final int WINDOW = 1 << 16; // the farthest copy of Snappy and LZ4

  /** Expands a page to exactly the size that it claims. */
  byte[] expand(byte[] page, int size) {
    try (InputStream in = stream(new ByteArrayInputStream(page))) {
      byte[] bytes = in.readNBytes(size);
      if (bytes.length < size || in.read() >= 0) {
        throw new IOException("another size than it claims");
      }
      return bytes;
    } catch (IOException | IllegalArgumentException e) {
      throw file.malformed(
          "is malformed: a page of %d bytes does not expand to the %d that it claims (%s); write or copy the file again"
              .formatted(page.length, size, codec));
    }
  }

  private InputStream stream(InputStream in) throws IOException {
    return switch (codec) {
      case UNCOMPRESSED -> in;
      case SNAPPY -> new SnappyCompressorInputStream(in, WINDOW);
      case GZIP -> new GZIPInputStream(in);
      case ZSTD -> new ZstdCompressorInputStream(in);
      case LZ4_RAW -> new BlockLZ4CompressorInputStream(in);
      case LZO, BROTLI, LZ4 ->
          throw file.malformed(
              "is compressed by %s, which is not read; write it with snappy, gzip, zstd or lz4_raw"
                  .formatted(codec));
    };
  }
}
