package org.jmoe.data.tokenizer;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The protocol between jmoe and a {@link TokenizerWorker}: one byte of kind, four bytes of length,
 * and the payload. The first request contains the tokenizer file. Replies have the order of the
 * requests, so several requests may be in flight.
 */
final class TokenizerFrames {
  /** Request; the payload is a tokenizer.json. */
  static final byte LOAD = 'L';

  /** Request; the payload is a UTF-8 text. */
  static final byte ENCODE = 'E';

  /** Request like {@link #ENCODE}, with the special tokens of the tokenizer's template. */
  static final byte ENCODE_SPECIAL = 'S';

  /** Request; the payload is int32 ids. */
  static final byte DECODE = 'D';

  /** Reply; the payload is the result, ids or text. */
  static final byte OK = 'o';

  /** Reply; the payload is the reason in UTF-8. The worker continues. */
  static final byte FAILED = 'f';

  private TokenizerFrames() {}

  /** A request or reply. */
  static final class Frame {
    private final byte kind;
    private final byte[] payload;

    Frame(byte kind, byte[] payload) {
      this.kind = kind;
      this.payload = payload;
    }

    byte kind() {
      return kind;
    }

    byte[] payload() {
      return payload;
    }
  }

  static void write(DataOutputStream out, byte kind, byte[] payload) throws IOException {
    out.writeByte(kind);
    out.writeInt(payload.length);
    out.write(payload);
  }

  /** Reads the next frame; returns null at the end of the stream. */
  static @Nullable Frame read(DataInputStream in) throws IOException {
    int kind = in.read();
    if (kind < 0) {
      return null;
    }
    int length = in.readInt();
    byte[] payload = length < 0 ? new byte[0] : in.readNBytes(length);
    if (payload.length != length) {
      throw new EOFException("a frame of " + length + " bytes is truncated");
    }
    return new Frame((byte) kind, payload);
  }

  static byte[] bytes(int[] ids) {
    ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(ids.length, Integer.BYTES));
    bytes.asIntBuffer().put(ids);
    return bytes.array();
  }

  static int[] ids(byte[] bytes) {
    int[] ids = new int[bytes.length / Integer.BYTES];
    ByteBuffer.wrap(bytes).asIntBuffer().get(ids);
    return ids;
  }
}
