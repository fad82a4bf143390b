package org.jmoe.io.arrow;

import com.google.common.base.Preconditions;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.flatbuf.BodyCompression;
import org.apache.arrow.flatbuf.BodyCompressionMethod;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.compression.CompressionCodec;
import org.apache.arrow.vector.compression.CompressionUtil;
import org.apache.arrow.vector.compression.NoCompressionCodec;
import org.jmoe.io.FileBytes;
import org.jspecify.annotations.Nullable;

/** Reads buffers of one message body and expands compressed ones, up to a stated ratio. */
final class BufferReader {
  /** Largest expansion believed; what a real column of tokens reaches is far below. */
  static final long MAX_RATIO = 1024;

  private static final long ALWAYS_ALLOWED = 1L << 26;

  private final FileBytes file;
  private final BufferAllocator allocator;
  private final IpcMessage message;
  private final CompressionCodec codec;

  BufferReader(
      FileBytes file,
      BufferAllocator allocator,
      IpcMessage message,
      @Nullable BodyCompression compression) {
    this.file = file;
    this.allocator = allocator;
    this.message = message;
    this.codec = codec(compression);
  }

  private static CompressionCodec codec(@Nullable BodyCompression compression) {
    if (compression == null) {
      return NoCompressionCodec.INSTANCE;
    }
    Preconditions.checkArgument(
        compression.method() == BodyCompressionMethod.BUFFER,
        "compression method %s is unknown",
        compression.method());
    return CommonsCompressionFactory.INSTANCE.createCodec(
        CompressionUtil.CodecType.fromCompressionType(compression.codec()));
  }

  /** The bytes of a buffer, expanded; the caller closes it. */
  ArrowBuf read(Buffer place) {
    long offset = place.offset();
    long length = place.length();
    Preconditions.checkArgument(
        offset >= 0 && length >= 0 && offset <= message.bodyLength() - length,
        "a buffer of %s bytes at %s lies outside of its body of %s bytes",
        length,
        offset,
        message.bodyLength());
    ArrowBuf raw = file.read(allocator, message.bodyOffset() + offset, length, "an Arrow buffer");
    if (codec instanceof NoCompressionCodec || length == 0) {
      return raw;
    }
    boolean done = false;
    try {
      checkExpansion(raw, length);
      ArrowBuf plain = codec.decompress(allocator, raw);
      done = true;
      return plain;
    } finally {
      if (!done && raw.refCnt() > 0) {
        raw.close();
      }
    }
  }

  private static void checkExpansion(ArrowBuf raw, long length) {
    Preconditions.checkArgument(length >= 8, "a compressed buffer has %s bytes", length);
    long declared = raw.getLong(0);
    Preconditions.checkArgument(
        declared >= -1 && declared <= Math.max(ALWAYS_ALLOWED, length * MAX_RATIO),
        "a compressed buffer of %s bytes claims to hold %s",
        length,
        declared);
  }
}
