package org.jmoe.data.formats;

import com.google.common.collect.ImmutableList;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jmoe.io.FileBytes;

/**
 * Token files of llm.c: a header of 256 32-bit integers, the first of which is a date, followed by
 * the tokens.
 */
final class LlmcData {
  private static final int HEADER = 256 * 4;
  private static final int GPT2 = 20240520; // version 1, uint16
  private static final int LLAMA3 = 20240801; // version 7, uint32
  private static final int FIRST_DATE = 20240101;
  private static final int LAST_DATE = 20291231;

  private LlmcData() {}

  static Optional<TokenData> open(FileBytes file) {
    if (!file.path().toString().endsWith(".bin") || file.size() < HEADER) {
      return Optional.empty();
    }
    ByteBuffer header = file.read(0, HEADER, "the header");
    int magic = header.getInt(0);
    if (magic < FIRST_DATE || magic > LAST_DATE || !zeroTail(header)) {
      return Optional.empty();
    }
    int version = header.getInt(4);
    boolean gpt2 = magic == GPT2 && version == 1;
    if (!gpt2 && !(magic == LLAMA3 && version == 7)) {
      throw file.malformed(
          "has an unsupported llm.c header with magic number %d and version %d; GPT-2 tokens have %d and version 1, Llama 3 tokens %d and version 7"
              .formatted(magic, version, GPT2, LLAMA3));
    }
    IntCode code = gpt2 ? IntCode.UINT16 : IntCode.UINT32;
    long tokens = Integer.toUnsignedLong(header.getInt(8));
    if (tokens * code.bytes() != file.size() - HEADER) {
      throw file.malformed(
          "is truncated or corrupt: its header declares %d tokens, but %d bytes follow; write or copy the file again"
              .formatted(tokens, file.size() - HEADER));
    }
    return Optional.of(RawTokens.oneRow(file, "llm.c .bin", code, HEADER, ImmutableList.of()));
  }

  // Headers use a dozen integers at most; tokens that happen to start with a date are not followed
  // by zeros.
  private static boolean zeroTail(ByteBuffer header) {
    for (int at = HEADER / 2; at < HEADER; at += 4) {
      if (header.getInt(at) != 0) {
        return false;
      }
    }
    return true;
  }
}
