package org.jmoe.data.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.jmoe.data.corpus.TokenCorpus;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.OffHeap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Selection of the token column, and validation of its values. */
final class ArrowColumnsTest {
  @TempDir Path folder = Path.of("");
  private final BufferAllocator allocator = OffHeap.allocator();

  @AfterEach
  void closeAllocator() {
    allocator.close();
  }

  @Test
  void prefersColumnsByName() {
    Path file = write(ints("label", 9, 9), ints("tokens", 1, 2), ints("mask", 0, 0));
    assertEquals(List.of(List.of(1, 2)), Collected.read(file).rows);
  }

  @Test
  void ambiguousIntegerColumnsAreRejected() {
    Path file = write(ints("a", 1), ints("b", 2));
    DataFormatException e = assertThrows(DataFormatException.class, () -> Collected.read(file));
    assertTrue(e.getMessage().contains("a: int32, b: int32"), e.getMessage());
  }

  @Test
  void flatColumnWithIntegerDomainsIsOneRow() {
    Path file = write(ints("ids", 4, 5, 6), ints("domain", 1, 1, 2));
    assertEquals(List.of(List.of(4, 5, 6)), Collected.read(file).rows);
    assertEquals(List.of("1+2"), Collected.read(file).domains);
  }

  @Test
  void readsFixedSizeLists() {
    FixedSizeListVector lists = FixedSizeListVector.empty("anything", 2, allocator);
    UInt2Vector values =
        lists
            .<UInt2Vector>addOrGetVector(FieldType.nullable(new ArrowType.Int(16, false)))
            .getVector();
    for (int i = 0; i < 6; i++) {
      values.setSafe(i, (char) (65530 + i));
    }
    for (int i = 0; i < 3; i++) {
      lists.setNotNull(i);
    }
    lists.setValueCount(3);
    List<List<Integer>> rows =
        List.of(List.of(65530, 65531), List.of(65532, 65533), List.of(65534, 65535));
    assertEquals(rows, Collected.read(write(lists)).rows);
  }

  @Test
  void tokenBeyondIntRangeIsReported() {
    BigIntVector ids = new BigIntVector("ids", allocator);
    ids.setSafe(0, 1);
    ids.setSafe(1, 5_000_000_000L);
    ids.setValueCount(2);
    DataFormatException e =
        assertThrows(DataFormatException.class, () -> Collected.read(write(ids)));
    assertTrue(e.getMessage().contains("token 5000000000 in row 0 at position 1"), e.getMessage());
  }

  @Test
  void tokenOutsideOfTheVocabularyIsReported() {
    TokenData data = TokenData.open(write(ints("ids", 3, 7, 10)));
    DataFormatException e =
        assertThrows(DataFormatException.class, () -> TokenCorpus.load(data, 10, allocator));
    assertTrue(e.getMessage().contains("token 10 in row 0 at position 2"), e.getMessage());
    assertEquals(0, allocator.getAllocatedMemory());
  }

  private Path write(FieldVector... columns) {
    return Samples.write(folder.resolve("sample.arrow"), true, CodecType.NO_COMPRESSION, columns);
  }

  private IntVector ints(String name, int... values) {
    IntVector vector = new IntVector(name, allocator);
    for (int i = 0; i < values.length; i++) {
      vector.setSafe(i, values[i]);
    }
    vector.setValueCount(values.length);
    return vector;
  }
}
