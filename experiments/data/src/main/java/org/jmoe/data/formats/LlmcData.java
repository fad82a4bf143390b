package org.jmoe.data.formats;

import com.google.common.collect.ImmutableList;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jmoe.io.FileBytes;

/** Token files of llm.c: 256 integers of 32 bits, of which the first is a date, then tokens. */
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
          "has a header of llm.c with the magic number %d and version %d, which is not read; tokens of GPT-2 are %d version 1, of Llama 3 %d version 7"
              .formatted(magic, version, GPT2, LLAMA3));
    }
    IntCode code = gpt2 ? IntCode.UINT16 : IntCode.UINT32;
    long tokens = Integer.toUnsignedLong(header.getInt(8));
    if (tokens * code.bytes() != file.size() - HEADER) {
      throw file.malformed(
          "is truncated or corrupt: its header claims %d tokens and %d bytes follow; write or copy the file again"
              .formatted(tokens, file.size() - HEADER));
    }
    return Optional.of(RawTokens.oneRow(file, "llm.c .bin", code, HEADER, ImmutableList.of()));
  }

  // Headers use a dozen of their integers at most; tokens that begin with a date do not go on so.
  private static boolean zeroTail(ByteBuffer header) {
    for (int at = HEADER / 2; at < HEADER; at += 4) {
      if (header.getInt(at) != 0) {
        return false;
      }
    }
    return true;
  }
}
