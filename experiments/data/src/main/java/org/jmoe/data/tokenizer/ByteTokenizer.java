package org.jmoe.data.tokenizer;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import org.jmoe.data.files.Surrogates;

/**
 * Byte-level tokenizer: ids are UTF-8 bytes. Id 0 separates documents, so zero characters are
 * removed from texts.
 */
public final class ByteTokenizer implements TextTokenizer {
  @Override
  public String name() {
    return BYTES;
  }

  @Override
  public String sha256() {
    return Hashing.sha256().hashString(BYTES, StandardCharsets.UTF_8).toString();
  }

  @Override
  public int vocabulary() {
    return 256;
  }

  @Override
  public OptionalInt separator() {
    return OptionalInt.of(0);
  }

  @Override
  public int[] encode(String text, boolean specialTokens) {
    byte[] bytes = Surrogates.repair(text).replace("\0", "").getBytes(StandardCharsets.UTF_8);
    int[] ids = new int[bytes.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = bytes[i] & 0xFF;
    }
    return ids;
  }

  @Override
  public String decode(int[] ids) {
    byte[] bytes = new byte[ids.length];
    int count = 0;
    for (int id : ids) {
      if (id < 0 || id > 255) {
        throw new IllegalArgumentException(
            "The token %d is not a byte; bytes are in [0, 256).".formatted(id));
      }
      if (id != 0) {
        bytes[count++] = (byte) id;
      }
    }
    return new String(bytes, 0, count, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {}
}
