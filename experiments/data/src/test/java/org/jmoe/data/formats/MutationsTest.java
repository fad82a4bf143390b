package org.jmoe.data.formats;

import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.apache.parquet.column.ParquetProperties.WriterVersion;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.jmoe.data.parquet.ParquetSamples;
import org.jmoe.data.parquet.ParquetSamples.Style;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.OffHeap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Corrupted copies of valid files are read or rejected, without crashes or memory leaks. */
final class MutationsTest {
  private enum Kind {
    FILE,
    STREAM,
    ZSTD,
    LZ4,
    DICTIONARY,
    PARQUET,
    PARQUET_DELTA,
    MEGATRON
  }

  private static final int LZ4_FRAME = 0x184D2204;

  @TempDir Path folder = Path.of("");

  @ParameterizedTest
  @EnumSource(Kind.class)
  void truncatedFilesAreRejected(Kind kind) throws IOException {
    Path valid = sample(kind);
    byte[] bytes = Files.readAllBytes(valid);
    for (int length = 0; length < bytes.length; length += 512) {
      write(valid, Arrays.copyOf(bytes, length));
      assertThrows(
          DataFormatException.class, () -> Collected.read(valid), kind + " truncated to " + length);
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void flippedBitsAreReadOrRejected(Kind kind) throws IOException {
    Path valid = sample(kind);
    byte[] bytes = Files.readAllBytes(valid);
    SplittableRandom random = new SplittableRandom(kind.name().hashCode());
    int rejected = 0;
    for (int i = 0; i < 300; i++) {
      byte[] flipped = bytes.clone();
      // Most bytes are tokens, where every value is valid; the first ones are metadata.
      int at = random.nextInt(i % 2 == 0 ? Math.min(600, bytes.length) : bytes.length);
      flipped[at] ^= (byte) (1 << random.nextInt(8));
      write(valid, flipped);
      rejected += rejects(valid, kind + " with a bit of byte " + at + " flipped") ? 1 : 0;
    }
    assertTrue(rejected > 30, kind + ": only " + rejected + " rejected");
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void invalidLengthsAreReadOrRejected(Kind kind) throws IOException {
    Path valid = sample(kind);
    byte[] bytes = Files.readAllBytes(valid);
    int rejected = 0;
    for (int length : new int[] {-1, Integer.MAX_VALUE, 1 << 28}) {
      for (int at = 0; at < Math.min(bytes.length - 4, 1024); at += 4) {
        byte[] corrupt = bytes.clone();
        ByteBuffer.wrap(corrupt).order(ByteOrder.LITTLE_ENDIAN).putInt(at, length);
        write(valid, corrupt);
        rejected += rejects(valid, kind + " with " + length + " at " + at) ? 1 : 0;
      }
    }
    assertTrue(rejected > 30, kind + ": only " + rejected + " rejected");
  }

  @Test
  void shortStreamWithHugeLengthIsRejected() throws IOException {
    Path file = folder.resolve("huge.arrow");
    ByteBuffer bytes = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(-1).putInt(0x7fffff00);
    write(file, bytes.array());
    assertThrows(DataFormatException.class, () -> Collected.read(file));
  }

  @ParameterizedTest
  @CsvSource({"-8, exceeds its declared size", "8, not the declared"})
  void lz4BufferMustHaveItsDeclaredSize(long change, String reason) throws IOException {
    Path file = sample(Kind.LZ4);
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 8; at < bytes.limit() - 4; at++) {
      if (bytes.getInt(at) == LZ4_FRAME) {
        bytes.putLong(at - 8, bytes.getLong(at - 8) + change);
      }
    }
    write(file, bytes.array());
    DataFormatException e = assertThrows(DataFormatException.class, () -> Collected.read(file));
    assertTrue(e.getMessage().contains(reason), e.getMessage());
  }

  private static boolean rejects(Path file, String what) {
    return assertTimeout(
        ofSeconds(2),
        () -> {
          try {
            Collected.read(file);
            return false;
          } catch (DataFormatException e) {
            return true; // any other exception, or a memory leak, fails the test
          }
        },
        what);
  }

  private Path sample(Kind kind) throws IOException {
    if (kind == Kind.FILE) {
      return Samples.rows(folder, 60, 5000);
    }
    if (kind == Kind.MEGATRON) {
      return megatron();
    }
    if (kind == Kind.PARQUET) {
      return parquet(Style.USUAL);
    }
    if (kind == Kind.PARQUET_DELTA) {
      return parquet(
          new Style(CompressionCodecName.UNCOMPRESSED, WriterVersion.PARQUET_2_0, false));
    }
    if (kind == Kind.DICTIONARY) {
      return dictionary();
    }
    CodecType codec =
        switch (kind) {
          case ZSTD -> CodecType.ZSTD;
          case LZ4 -> CodecType.LZ4_FRAME;
          default -> CodecType.NO_COMPRESSION;
        };
    try (BufferAllocator allocator = OffHeap.allocator()) {
      IntVector ids = new IntVector("ids", allocator);
      SplittableRandom random = new SplittableRandom(1);
      for (int i = 0; i < 1000; i++) {
        ids.setSafe(i, random.nextInt(300));
      }
      ids.setValueCount(1000);
      return Samples.write(folder.resolve(kind + ".arrow"), kind == Kind.STREAM, codec, ids);
    }
  }

  private Path parquet(Style style) {
    SplittableRandom random = new SplittableRandom(2);
    List<Consumer<Group>> rows = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      rows.add(ParquetSamples.tokens("a" + i % 3, random.ints(10, 0, 300).toArray()));
    }
    Path file = folder.resolve("m.parquet");
    return ParquetSamples.write(file, ParquetSamples.LISTS, style, rows);
  }

  private Path dictionary() {
    Path file = folder.resolve("dictionary.arrow");
    try (FlatTokenWriter writer =
        new FlatTokenWriter(file, true, List.of("a", "b", "c"), Map.of())) {
      for (int i = 0; i < 300; i++) {
        writer.add(i, i / 10 % 3);
      }
      writer.finish();
    }
    return file;
  }

  // Only the index is corrupted.
  private Path megatron() throws IOException {
    int rows = 100;
    ByteBuffer index =
        ByteBuffer.allocate(34 + rows * 12 + 8 * (rows + 1)).order(ByteOrder.LITTLE_ENDIAN);
    index.put("MMIDIDX\0\0".getBytes(StandardCharsets.ISO_8859_1));
    index.putLong(1).put((byte) 8).putLong(rows).putLong(rows + 1L);
    for (int i = 0; i < rows; i++) {
      index.putInt(5);
    }
    for (int i = 0; i < rows; i++) {
      index.putLong(i * 10L);
    }
    write(folder.resolve("m.bin"), new byte[rows * 10]);
    Path file = folder.resolve("m.idx");
    write(file, index.array());
    return file;
  }

  private static void write(Path file, byte[] bytes) throws IOException {
    Files.write(file, bytes);
  }
}
