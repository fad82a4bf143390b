package org.jmoe.data.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
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
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.ViewVarCharVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.ListViewVector;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.jmoe.data.corpus.DataSummary;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.OffHeap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Detection and reading of token formats. */
final class TokenFormatsTest {
  private static final int LLMC_HEADER = 256;

  @TempDir Path folder = Path.of("");

  @Test
  void detects32BitTokens() throws IOException {
    int[] ids = IntStream.range(0, 600).map(i -> i * 200).toArray();
    Path file = write("a.bin", ints(ids));
    TokenData data = TokenData.open(file);
    assertEquals("uint32", data.schema());
    assertTrue(data.notes().get(0).contains("--dtype uint16"), data.notes().toString());
    assertEquals(List.of(list(ids)), Collected.read(file).rows);
    TokenData asked = TokenData.open(file, TokenData.Options.of("uint16", List.of()));
    assertEquals("uint16", asked.schema());
    assertEquals(List.of(), asked.notes());
  }

  @Test
  void detects16BitTokens() throws IOException {
    int[] bytes = IntStream.range(0, 600).map(i -> i % 256).toArray();
    assertEquals("uint16", TokenData.open(write("a.bin", shorts(bytes))).schema());
    int[] zeros = new int[600];
    assertEquals("uint16", TokenData.open(write("b.bin", shorts(zeros))).schema());
    assertEquals("uint16", TokenData.open(write("c.bin", shorts(new int[] {9, 0, 8, 0}))).schema());
  }

  @Test
  void unknownTypeIsRejected() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> TokenData.Options.of("float32", List.of()));
    assertTrue(String.valueOf(e.getMessage()).contains("uint32"), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "20240520, 1, 2, uint16",
    "20240801, 7, 4, uint32",
  })
  void readsLlmcHeaders(int magic, int version, int width, String type) throws IOException {
    Path file = llmc(magic, version, width);
    assertEquals("llm.c .bin", TokenData.open(file).kind());
    assertEquals(type, TokenData.open(file).schema());
    assertEquals(List.of(List.of(5, 6, 7)), Collected.read(file).rows);
  }

  @ParameterizedTest
  @CsvSource({"20240520, 2", "20240801, 1", "20240522, 1", "20240326, 3"})
  void unsupportedLlmcHeadersAreRejected(int magic, int version) throws IOException {
    Path file = llmc(magic, version, 2);
    DataFormatException e = assertThrows(DataFormatException.class, () -> TokenData.open(file));
    assertTrue(
        e.getMessage().contains("magic number %d and version %d".formatted(magic, version)),
        e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "<u2, '(3,)', 1",
    "<u4, '(3,)', 1",
    "<i8, '(3,)', 1",
    "|u1, '(3,)', 1",
    "<i4, '(3, 1)', 3",
    "<u2, '(1, 3)', 1"
  })
  void readsNumpyArrays(String type, String shape, int rows) throws IOException {
    Path file = npy(type, shape, new int[] {5, 6, 7});
    Collected read = Collected.read(file);
    assertEquals(rows, read.rows.size());
    assertEquals(List.of(5, 6, 7), read.rows.stream().flatMap(List::stream).toList());
  }

  @ParameterizedTest
  @CsvSource({
    "<f4, '(3,)', f4",
    ">u4, '(3,)', >u4",
    "<u4, '(4,)', truncated",
    "<u4, '()', two-dimensional",
    "<u4, '(1, 1, 3)', two-dimensional"
  })
  void unsupportedNumpyArraysAreRejected(String type, String shape, String named)
      throws IOException {
    Path file = npy(type, shape, new int[] {5, 6, 7});
    DataFormatException e = assertThrows(DataFormatException.class, () -> TokenData.open(file));
    assertTrue(e.getMessage().contains(named), e.getMessage());
  }

  @Test
  void readsRawNpyOfOlmo() throws IOException {
    int[] ids = IntStream.range(0, 100).map(i -> 1000 + i).toArray();
    assertEquals(List.of(list(ids)), Collected.read(write("part-0.npy", ints(ids))).rows);
  }

  @Test
  void readsSplitsOfNanoGptFolders() throws IOException {
    write("d/train.bin", shorts(new int[] {1, 2}));
    write("d/val.bin", shorts(new int[] {3}));
    write("d/prepare.py", new byte[] {'#'});
    Path data = folder.resolve("d");
    Collected read = Collected.read(data);
    assertEquals(List.of(List.of(1, 2), List.of(3)), read.rows);
    assertEquals(List.of(false, true), read.heldOut);
    assertEquals(List.of("skipped: prepare.py"), TokenData.open(data).notes());
    TokenData one = TokenData.open(data, TokenData.Options.of("", List.of("val")));
    assertEquals(1, DataSummary.of(one).tokens());
  }

  @Test
  void paddingIsSkippedByAttentionMask() {
    Path file = padded(new int[] {1, 1, 0}, new int[] {7, 8, -100});
    assertEquals(List.of(List.of(7, 8)), Collected.read(file).rows);
  }

  @Test
  void maskedLabelsAreContext() {
    Path file = padded(new int[] {1, 1, 0}, new int[] {-100, 8, -100});
    Collected data = Collected.read(file);
    assertEquals(List.of(List.of(7, 8)), data.rows);
    assertEquals(List.of(List.of(0)), data.contexts);
    DataSummary summary = DataSummary.of(TokenData.open(file));
    assertEquals(2, summary.tokens());
    assertEquals(1, summary.context());
  }

  @Test
  void labelsThatDifferFromTokensAreRejected() {
    Path file = padded(new int[] {1, 1, 0}, new int[] {8, 9, -100});
    DataFormatException e = assertThrows(DataFormatException.class, () -> Collected.read(file));
    assertTrue(e.getMessage().contains("label 8 for token 7"), e.getMessage());
  }

  @ParameterizedTest
  @EnumSource(
      value = CodecType.class,
      names = {"NO_COMPRESSION", "ZSTD"})
  void readsListAndStringViews(CodecType codec) {
    try (BufferAllocator allocator = OffHeap.allocator();
        ListViewVector ids = ListViewVector.empty("ids", allocator);
        ViewVarCharVector domain = new ViewVarCharVector("domain", allocator)) {
      ids.addOrGetVector(FieldType.notNullable(new ArrowType.Int(64, true)));
      ids.allocateNew();
      domain.allocateNew();
      BigIntVector values = (BigIntVector) ids.getDataVector();
      for (int i = 0; i < 5; i++) {
        values.setSafe(i, 10 + i);
      }
      values.setValueCount(5);
      ids.setValidity(0, 1);
      ids.setOffset(0, 2);
      ids.setSize(0, 3);
      ids.setValidity(1, 1);
      ids.setOffset(1, 0);
      ids.setSize(1, 2);
      ids.setValueCount(2);
      domain.setSafe(0, "short".getBytes(StandardCharsets.UTF_8));
      domain.setSafe(1, "longer than twelve bytes".getBytes(StandardCharsets.UTF_8));
      domain.setValueCount(2);
      Path file = Samples.write(folder.resolve("views.arrow"), false, codec, ids, domain);
      Collected read = Collected.read(file);
      assertEquals(List.of(List.of(12, 13, 14), List.of(10, 11)), read.rows);
      assertEquals(List.of("short", "longer than twelve bytes"), read.domains);
    }
  }

  private Path padded(int[] mask, int[] labels) {
    try (BufferAllocator allocator = OffHeap.allocator();
        ListVector ids = list("input_ids", allocator, 7, 8, 0);
        ListVector attention = list("attention_mask", allocator, mask);
        ListVector targets = list("labels", allocator, labels)) {
      return Samples.write(
          folder.resolve("padded.arrow"),
          false,
          CodecType.NO_COMPRESSION,
          new FieldVector[] {ids, attention, targets});
    }
  }

  private static ListVector list(String name, BufferAllocator allocator, int... values) {
    ListVector list = ListVector.empty(name, allocator);
    list.addOrGetVector(FieldType.notNullable(new ArrowType.Int(64, true)));
    list.allocateNew();
    BaseIntVector data = (BaseIntVector) list.getDataVector();
    list.startNewValue(0);
    for (int i = 0; i < values.length; i++) {
      data.setWithPossibleTruncate(i, values[i]);
    }
    list.endValue(0, values.length);
    list.setValueCount(1);
    return list;
  }

  private Path llmc(int magic, int version, int width) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(4 * LLMC_HEADER + 3 * width).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(0, magic).putInt(4, version).putInt(8, 3);
    for (int i = 0; i < 3; i++) {
      bytes.putShort(4 * LLMC_HEADER + width * i, (short) (5 + i));
    }
    return write("l.bin", bytes.array());
  }

  private Path npy(String type, String shape, int[] values) throws IOException {
    String dict = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }".formatted(type, shape);
    int width = Character.digit(type.charAt(2), 10);
    String header = (dict + " ".repeat(118)).substring(0, 117) + "\n";
    ByteBuffer bytes =
        ByteBuffer.allocate(10 + header.length() + width * values.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.put("\u0093NUMPY\1\0".getBytes(StandardCharsets.ISO_8859_1));
    bytes.putShort((short) header.length());
    bytes.put(header.getBytes(StandardCharsets.ISO_8859_1));
    for (int i = 0; i < values.length; i++) {
      bytes.put(10 + header.length() + width * i, (byte) values[i]);
    }
    return write("n.npy", bytes.array());
  }

  private static byte[] ints(int[] ids) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * ids.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(ids);
    return bytes.array();
  }

  private static byte[] shorts(int[] ids) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * ids.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < ids.length; i++) {
      bytes.putShort(2 * i, (short) ids[i]);
    }
    return bytes.array();
  }

  private static List<Integer> list(int[] ids) {
    return new ArrayList<>(Arrays.stream(ids).boxed().toList());
  }

  private Path write(String name, byte[] bytes) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.toAbsolutePath().resolveSibling("."));
    Files.write(file, bytes);
    return file;
  }
}
