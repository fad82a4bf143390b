package org.jmoe.data.formats;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.io.FileBytes;

/**
 * One long stream of tokens without a schema: nanoGPT's {@code .bin} (unsigned 16-bit), or that of
 * llm.c, which puts a header of 256 integers in front.
 */
final class BinData implements TokenData {
  private static final int HEADER = 256 * 4;
  private static final int LLMC = 20240520; // llm.c, GPT-2: magic, version 1, tokens of 2 bytes
  private static final int LLMC_LLAMA = 20240801; // llm.c, Llama 3: version 7, tokens of 4 bytes

  private final Path path;
  private final String kind;
  private final IntCode code;
  private final long start;

  private BinData(Path path, String kind, IntCode code, long start) {
    this.path = path;
    this.kind = kind;
    this.code = code;
    this.start = start;
  }

  static BinData of(FileBytes file) {
    BinData data = new BinData(file.path(), "nanoGPT .bin", IntCode.UINT16, 0);
    if (file.size() >= HEADER) {
      ByteBuffer header = file.read(0, HEADER, "the header");
      int magic = header.getInt(0);
      if ((magic == LLMC && header.getInt(4) == 1)
          || (magic == LLMC_LLAMA && header.getInt(4) == 7)) {
        IntCode code = magic == LLMC ? IntCode.UINT16 : IntCode.INT32;
        long tokens = header.getInt(8);
        if (tokens * code.bytes() != file.size() - HEADER) {
          throw file.broken(
              "is truncated or corrupt: its header claims %d tokens and %d bytes follow; write or copy the file again"
                  .formatted(tokens, file.size() - HEADER));
        }
        data = new BinData(file.path(), "llm.c .bin", code, HEADER);
      }
    }
    if ((file.size() - data.start) % data.code.bytes() != 0) {
      throw file.broken(
          "has %d bytes, which is no whole number of 16-bit tokens; write or copy the file again"
              .formatted(file.size()));
    }
    return data;
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public List<Path> files() {
    return List.of(path);
  }

  @Override
  public String kind() {
    return kind;
  }

  @Override
  public String schema() {
    return code.title();
  }

  @Override
  public void read(BufferAllocator allocator, TokenVisitor visitor) {
    try (FileBytes file = FileBytes.open(path)) {
      PackedIntegers tokens =
          new PackedIntegers(file, code, start, (file.size() - start) / code.bytes());
      if (tokens.length() > 0) {
        tokens.visit(0, tokens.length(), 0, visitor);
        visitor.endRow(false);
      }
    }
  }
}
