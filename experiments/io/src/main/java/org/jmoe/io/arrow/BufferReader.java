package org.jmoe.io.arrow;

import com.google.common.base.Preconditions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.flatbuf.BodyCompression;
import org.apache.arrow.flatbuf.BodyCompressionMethod;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.CompressionType;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.compression.CompressionCodec;
import org.apache.arrow.vector.compression.CompressionUtil;
import org.apache.arrow.vector.compression.NoCompressionCodec;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorInputStream;
import org.jmoe.io.FileBytes;
import org.jspecify.annotations.Nullable;

/** Reads the buffers of a message body and decompresses them up to a maximum ratio. */
final class BufferReader {
  /** Maximum decompression ratio; columns of tokens stay far below it. */
  static final long MAX_RATIO = 1024;

  private static final long MIN_LIMIT = 1L << 26;
  private static final int PREFIX = 8; // a compressed buffer starts with its decompressed length
  private static final int CHUNK = 1 << 16;

  private final FileBytes file;
  private final BufferAllocator allocator;
  private final IpcMessage message;
  private final CompressionCodec codec;
  private final boolean lz4;

  BufferReader(
      FileBytes file,
      BufferAllocator allocator,
      IpcMessage message,
      @Nullable BodyCompression compression) {
    this.file = file;
    this.allocator = allocator;
    this.message = message;
    this.codec = codec(compression);
    this.lz4 = compression != null && compression.codec() == CompressionType.LZ4_FRAME;
  }

  private static CompressionCodec codec(@Nullable BodyCompression compression) {
    if (compression == null) {
      return NoCompressionCodec.INSTANCE;
    }
    Preconditions.checkArgument(
        compression.method() == BodyCompressionMethod.BUFFER,
        "compression method %s is not supported",
        compression.method());
    return CommonsCompressionFactory.INSTANCE.createCodec(
        CompressionUtil.CodecType.fromCompressionType(compression.codec()));
  }

  /** Returns the decompressed bytes of a buffer; the caller closes it. */
  ArrowBuf read(Buffer place) {
    long offset = place.offset();
    long length = place.length();
    Preconditions.checkArgument(
        offset >= 0 && length >= 0 && offset <= message.bodyLength() - length,
        "a buffer of %s bytes at offset %s exceeds the body of %s bytes",
        length,
        offset,
        message.bodyLength());
    ArrowBuf raw = file.read(allocator, message.bodyOffset() + offset, length, "an Arrow buffer");
    if (codec instanceof NoCompressionCodec || length == 0) {
      return raw;
    }
    boolean done = false;
    try {
      long declared = expandedLength(raw, length);
      ArrowBuf plain =
          lz4 && declared > 0 ? expandLz4(raw, declared) : codec.decompress(allocator, raw);
      done = true;
      return plain;
    } finally {
      if (!done && raw.refCnt() > 0) {
        raw.close();
      }
    }
  }

  private static long expandedLength(ArrowBuf raw, long length) {
    Preconditions.checkArgument(length >= PREFIX, "a compressed buffer has only %s bytes", length);
    long declared = raw.getLong(0);
    Preconditions.checkArgument(
        declared >= -1 && declared <= Math.max(MIN_LIMIT, length * MAX_RATIO),
        "a compressed buffer of %s bytes declares a decompressed size of %s",
        length,
        declared);
    return declared;
  }

  /** Decompresses LZ4 up to the declared size; Arrow's codec would ignore it. */
  private ArrowBuf expandLz4(ArrowBuf raw, long declared) {
    byte[] compressed = new byte[Math.toIntExact(raw.writerIndex() - PREFIX)];
    raw.getBytes(PREFIX, compressed);
    ArrowBuf plain = allocator.buffer(declared);
    boolean done = false;
    try (InputStream frame =
        new FramedLZ4CompressorInputStream(new ByteArrayInputStream(compressed))) {
      byte[] chunk = new byte[CHUNK];
      long filled = 0;
      for (int n = frame.read(chunk); n >= 0; n = frame.read(chunk)) {
        Preconditions.checkArgument(
            n <= declared - filled,
            "a compressed buffer exceeds its declared size of %s bytes",
            declared);
        plain.setBytes(filled, chunk, 0, n);
        filled += n;
      }
      Preconditions.checkArgument(
          filled == declared,
          "a compressed buffer has %s bytes, not the declared %s",
          filled,
          declared);
      plain.writerIndex(declared);
      raw.close();
      done = true;
      return plain;
    } catch (IOException e) {
      throw new IllegalArgumentException("an LZ4 frame cannot be read: " + e.getMessage(), e);
    } finally {
      if (!done) {
        plain.close();
      }
    }
  }
}
