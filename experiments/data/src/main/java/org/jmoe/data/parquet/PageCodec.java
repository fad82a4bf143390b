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
 * Decompresses the pages of a file. Memory is allocated for the actual bytes, not for the declared
 * size of a page.
 */
record PageCodec(FileBytes file, CompressionCodec codec) {
  private static final int WINDOW = 1 << 16; // maximum copy distance of Snappy and LZ4

  /** Decompresses a page, which must have exactly its declared size. */
  byte[] expand(byte[] page, int size) {
    try (InputStream in = stream(new ByteArrayInputStream(page))) {
      byte[] bytes = in.readNBytes(size);
      if (bytes.length < size || in.read() >= 0) {
        throw new IOException("its size differs from the declared size");
      }
      return bytes;
    } catch (IOException | IllegalArgumentException e) {
      throw file.malformed(
          "is malformed: a page of %d bytes does not decompress to its declared size of %d (%s); write or copy the file again"
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
              "is compressed with %s, which is not supported; write it with snappy, gzip, zstd or lz4_raw"
                  .formatted(codec));
    };
  }
}
