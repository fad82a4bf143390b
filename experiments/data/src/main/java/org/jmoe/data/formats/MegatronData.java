package org.jmoe.data.formats;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.io.FileBytes;
import org.jmoe.io.Magic;

/**
 * An indexed dataset of Megatron-LM: tokens in {@code .bin}, and the length and position of each
 * sequence in {@code .idx}. Each sequence is a row.
 */
final class MegatronData implements TokenData {
  /** Magic bytes of an index. */
  static final String MAGIC = "MMIDIDX\0\0";

  private static final int HEADER = 34; // magic 9, version 8, type 1, sequences 8, documents 8

  private final Path index;
  private final Path bin;
  private final IntCode code;
  private final long sequences;

  private MegatronData(Path index, Path bin, IntCode code, long sequences) {
    this.index = index;
    this.bin = bin;
    this.code = code;
    this.sequences = sequences;
  }

  /** Opens an index, or a {@code .bin} next to an index. */
  static Optional<TokenData> open(FileBytes file) {
    if (Magic.startsWith(file, MAGIC)) {
      return Optional.of(ofIndex(file.path()));
    }
    Path index = Path.of(file.path().toString().replaceAll("bin$", "idx"));
    return file.path().toString().endsWith(".bin") && Files.isRegularFile(index)
        ? Optional.of(ofIndex(index))
        : Optional.empty();
  }

  /** Returns whether a file is an index with a {@code .bin} next to it. */
  static boolean isIndexOfAnother(Path file) {
    String name = file.toString();
    return name.endsWith(".idx") && Files.isRegularFile(Path.of(name.replaceAll("idx$", "bin")));
  }

  /** Opens an index and the {@code .bin} next to it. */
  static MegatronData ofIndex(Path index) {
    Path bin = Path.of(index.toString().replaceAll("[.]idx$", "") + ".bin");
    try (FileBytes file = FileBytes.open(index)) {
      if (!Magic.startsWith(file, MAGIC)) {
        throw file.malformed("is not a Megatron index: it does not start with MMIDIDX");
      }
      ByteBuffer header = file.read(0, HEADER, "the Megatron header");
      long version = header.getLong(9);
      if (version != 1) {
        throw file.malformed(
            "is a Megatron index of version %d, but only version 1 is supported"
                .formatted(version));
      }
      int type = header.get(17);
      IntCode code =
          IntCode.ofMegatron(type)
              .orElseThrow(
                  () ->
                      file.malformed(
                          "has the element type %d, which is not an integer type".formatted(type)));
      long sequences = header.getLong(18);
      long documents = header.getLong(26);
      checkSize(file, sequences, documents);
      if (!Files.isRegularFile(bin)) {
        throw file.malformed("has no token file next to it; add " + bin.getFileName());
      }
      return new MegatronData(index, bin, code, sequences);
    }
  }

  private static void checkSize(FileBytes file, long sequences, long documents) {
    long max = file.size() / 4;
    boolean possible = sequences >= 0 && sequences <= max && documents >= 0 && documents <= max;
    long needed = HEADER + sequences * 12 + documents * 8;
    // Multimodal indices have one more byte per sequence.
    if (!possible || (file.size() != needed && file.size() != needed + sequences)) {
      throw file.malformed(
          "is truncated or corrupt: it declares %d sequences and %d documents, but has %d bytes; write or copy the file again"
              .formatted(sequences, documents, file.size()));
    }
  }

  @Override
  public String place() {
    return bin.toString();
  }

  @Override
  public List<Path> files() {
    return List.of(bin, index);
  }

  @Override
  public String kind() {
    return "Megatron .bin/.idx";
  }

  @Override
  public String schema() {
    return code.title();
  }

  @Override
  public void read(BufferAllocator allocator, TokenVisitor visitor) {
    try (FileBytes lists = FileBytes.open(index);
        FileBytes tokens = FileBytes.open(bin)) {
      PackedIntegers lengths = new PackedIntegers(lists, IntCode.INT32, HEADER, sequences);
      PackedIntegers places =
          new PackedIntegers(lists, IntCode.INT64, HEADER + 4 * sequences, sequences);
      PackedIntegers ids = new PackedIntegers(tokens, code, 0, tokens.size() / code.bytes());
      for (long row = 0; row < sequences; row++) {
        long length = lengths.get(row);
        long place = places.get(row);
        long first = place / code.bytes();
        if (length < 0 || place < 0 || place % code.bytes() != 0 || first > ids.length() - length) {
          throw lists.malformed(
              "is corrupt or does not belong to %s: row %d has %d tokens at byte %d of %d"
                  .formatted(bin.getFileName(), row, length, place, tokens.size()));
        }
        ids.visit(first, length, row, visitor);
        if (!visitor.endRow(false)) {
          return;
        }
      }
    }
  }
}
