package org.jmoe.data.formats;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.io.FileBytes;

/**
 * Packed tokens in a file, as rows of equal length or as a single row.
 *
 * @param start offset of the first token in bytes
 * @param rowLength tokens per row, at least 1
 */
record RawTokens(
    Path path,
    String kind,
    IntCode code,
    long start,
    long tokens,
    long rowLength,
    ImmutableList<String> notes)
    implements TokenData {

  /**
   * Opens a file without header: nanoGPT's {@code .bin} or OLMo-core's {@code .npy}. Tokens have 16
   * bits, unless the options specify a type or the content looks like 32-bit tokens.
   */
  static Optional<TokenData> open(FileBytes file, TokenData.Options options) {
    String name = file.path().toString();
    boolean npy = name.endsWith(".npy");
    if (!npy && !name.endsWith(".bin")) {
      return Optional.empty();
    }
    Optional<IntCode> given = options.dtype();
    boolean guessed = given.isEmpty() && WidthGuess.looks32Bit(file);
    IntCode code = given.orElse(guessed ? IntCode.UINT32 : IntCode.UINT16);
    if (file.size() % code.bytes() != 0) {
      throw file.malformed(
          "has %d bytes, which is not a multiple of %d, the size of a %s token; specify the type with --dtype, or copy the file again"
              .formatted(file.size(), code.bytes(), code.title()));
    }
    ImmutableList<String> notes =
        guessed
            ? ImmutableList.of(
                "%s: read as uint32, since every second 16-bit number is small; use --dtype uint16 if this is wrong"
                    .formatted(file.path().getFileName()))
            : ImmutableList.of();
    String kind = npy ? "raw .npy" : "nanoGPT .bin";
    return Optional.of(oneRow(file, kind, code, 0, notes));
  }

  /** Returns all tokens from {@code start} to the end of the file as a single row. */
  static RawTokens oneRow(
      FileBytes file, String kind, IntCode code, long start, ImmutableList<String> notes) {
    long tokens = (file.size() - start) / code.bytes();
    return new RawTokens(file.path(), kind, code, start, tokens, Math.max(1, tokens), notes);
  }

  /** Returns tokens from {@code start} as rows of equal length. */
  static RawTokens rows(
      FileBytes file, String kind, IntCode code, long start, long tokens, long rowLength) {
    return new RawTokens(file.path(), kind, code, start, tokens, rowLength, ImmutableList.of());
  }

  @Override
  public String place() {
    return path.toString();
  }

  @Override
  public List<Path> files() {
    return List.of(path);
  }

  @Override
  public String schema() {
    return code.title();
  }

  @Override
  public void read(BufferAllocator allocator, TokenVisitor visitor) {
    try (FileBytes file = FileBytes.open(path)) {
      PackedIntegers ids = new PackedIntegers(file, code, start, tokens);
      for (long row = 0; row * rowLength < tokens; row++) {
        ids.visit(row * rowLength, rowLength, row, visitor);
        if (!visitor.endRow(false)) {
          return;
        }
      }
    }
  }
}
