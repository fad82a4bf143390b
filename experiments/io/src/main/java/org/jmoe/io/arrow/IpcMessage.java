package org.jmoe.io.arrow;

import java.nio.ByteBuffer;
import org.apache.arrow.flatbuf.Message;
import org.jmoe.io.FileBytes;
import org.jspecify.annotations.Nullable;

/**
 * An encapsulated message of an Arrow IPC stream: parsed metadata and the position of its body,
 * both checked to be inside the file.
 *
 * @param start offset of the message
 * @param bodyOffset offset of the body
 * @param bodyLength bytes of the body
 */
public record IpcMessage(Message message, long start, long bodyOffset, long bodyLength) {
  /** Maximum size of metadata in bytes. */
  static final int MAX_METADATA = 1 << 25;

  private static final int CONTINUATION = -1;

  /** Returns the offset of the next message. */
  long end() {
    return bodyOffset + bodyLength;
  }

  /**
   * Reads the message at an offset.
   *
   * @param limit maximum end offset of the message
   * @return the message, or null at the end-of-stream marker
   */
  public static @Nullable IpcMessage at(FileBytes file, long start, long limit) {
    if (start > limit - 4) {
      throw file.malformed(
          "is truncated: the Arrow stream has no end marker at offset %d; write or copy the file again"
              .formatted(start));
    }
    int first = file.read(start, 4, "an Arrow message").getInt(0);
    boolean prefixed =
        first == CONTINUATION; // since Arrow 0.15; earlier versions start with the length
    int length = prefixed ? file.read(start + 4, 4, "an Arrow message").getInt(0) : first;
    long metadata = start + (prefixed ? 8 : 4);
    if (length == 0) {
      return null;
    }
    if (length < 0 || length > MAX_METADATA || length > limit - metadata) {
      throw file.malformed(
          "is malformed or truncated: the Arrow message at offset %d declares %d bytes of metadata, but only %d remain; write or copy the file again"
              .formatted(start, length, limit - metadata));
    }
    ByteBuffer bytes = file.read(metadata, length, "an Arrow message");
    Message message = Message.getRootAsMessage(bytes);
    long body = metadata + length;
    long bodyLength = message.bodyLength();
    if (bodyLength < 0 || bodyLength > limit - body) {
      throw file.malformed(
          "is malformed or truncated: the Arrow message at offset %d declares a body of %d bytes, but only %d remain; write or copy the file again"
              .formatted(start, bodyLength, limit - body));
    }
    return new IpcMessage(message, start, body, bodyLength);
  }
}
