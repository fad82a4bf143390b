package org.jmoe.data.parquet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.parquet.column.ParquetProperties.WriterVersion;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.jmoe.data.formats.Collected;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.parquet.ParquetSamples.Style;
import org.jmoe.data.text.Document;
import org.jmoe.data.text.TextSource;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.OffHeap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading of Parquet files in all encodings. */
final class ParquetFileTest {
  @TempDir Path folder = Path.of("");

  @ParameterizedTest
  @CsvSource({
    "UNCOMPRESSED, PARQUET_1_0, true",
    "UNCOMPRESSED, PARQUET_2_0, false",
    "SNAPPY, PARQUET_1_0, true",
    "SNAPPY, PARQUET_2_0, false",
    "GZIP, PARQUET_1_0, false",
    "GZIP, PARQUET_2_0, true",
    "ZSTD, PARQUET_1_0, true",
    "ZSTD, PARQUET_2_0, false",
    "LZ4_RAW, PARQUET_1_0, false",
    "LZ4_RAW, PARQUET_2_0, true",
  })
  void readsEveryCodecAndEncoding(
      CompressionCodecName codec, WriterVersion version, boolean dictionary) {
    List<int[]> rows = random(1000);
    List<Consumer<Group>> groups = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      groups.add(ParquetSamples.tokens(i % 3 == 0 ? "a" : "b", rows.get(i)));
    }
    Path file = write(ParquetSamples.LISTS, new Style(codec, version, dictionary), groups);
    Collected data = Collected.read(file);
    assertEquals(rows.stream().map(ParquetFileTest::list).toList(), data.rows);
    for (int i = 0; i < rows.size(); i++) {
      String domain = rows.get(i).length == 0 ? "" : i % 3 == 0 ? "a" : "b";
      assertEquals(domain, data.domains.get(i));
    }
    assertEquals("Parquet file", TokenData.open(file).kind());
    assertEquals("input_ids: list<int32>, domain: string", TokenData.open(file).schema());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "message m { required group ids (LIST) { repeated group list { required int64 item; } } }",
        "message m { optional group ids (LIST) { repeated int64 array; } }",
        "message m { optional group ids (LIST) { repeated group bag { optional int64 element; } }"
            + " }",
        "message m { repeated int64 ids; }",
      })
  void readsThreeTwoAndOneLevelLists(String schema) {
    List<int[]> rows = random(300);
    List<Consumer<Group>> groups = new ArrayList<>();
    for (int[] row : rows) {
      groups.add(group -> addLongs(group, row));
    }
    Collected data = Collected.read(write(schema, Style.USUAL, groups));
    assertEquals(rows.stream().map(ParquetFileTest::list).toList(), data.rows);
  }

  @Test
  void flatColumnIsOneRow() {
    List<Consumer<Group>> rows = new ArrayList<>();
    IntStream.range(0, 5000).forEach(i -> rows.add(row -> row.add("ids", i * 7 % 60_000)));
    Path file = write("message m { required int32 ids (INTEGER(16, false)); }", Style.USUAL, rows);
    List<Integer> all = IntStream.range(0, 5000).map(i -> i * 7 % 60_000).boxed().toList();
    assertEquals(List.of(all), Collected.read(file).rows);
    assertEquals("ids: uint16", TokenData.open(file).schema());
  }

  @Test
  void nullsAreReported() {
    List<Consumer<Group>> rows =
        List.of(
            ParquetSamples.tokens("a", 1, 2),
            row -> row.add("domain", "a"),
            ParquetSamples.tokens("a", 3));
    assertRejected(
        write(ParquetSamples.LISTS, Style.USUAL, rows),
        "a null instead of a list of tokens in row 1");
    Consumer<Group> hole =
        row -> {
          Group list = row.addGroup("input_ids");
          list.addGroup("list").add("element", 1);
          list.addGroup("list");
        };
    assertRejected(
        write(ParquetSamples.LISTS, Style.USUAL, List.of(rows.get(0), hole)),
        "a null instead of a token in row 1 at position 1");
  }

  @Test
  void readsRowsLargerThanABatch() {
    int[] ids = IntStream.range(0, 3_000_000).map(i -> i % 50_000).toArray();
    Path file =
        write(
            ParquetSamples.LISTS,
            Style.USUAL,
            List.of(ParquetSamples.tokens("a", 1), ParquetSamples.tokens("b", ids)));
    List<List<Integer>> rows = Collected.read(file).rows;
    assertEquals(2, rows.size());
    assertEquals(list(ids), rows.get(1));
  }

  @Test
  void memoryIsIndependentOfTheFileSize() {
    List<Consumer<Group>> rows =
        Collections.nCopies(20_000, ParquetSamples.tokens("a", IntStream.range(0, 200).toArray()));
    Path file = write(ParquetSamples.LISTS, Style.USUAL, rows);
    Collected data = new Collected();
    try (BufferAllocator root = OffHeap.allocator();
        BufferAllocator small = root.newChildAllocator("small", 0, 1 << 25)) {
      TokenData.open(file).read(small, data); // 4 million 64-bit tokens are 32 MB
    }
    assertEquals(20_000, data.rows.size());
  }

  @Test
  void paddingIsSkippedByMask() {
    String schema = "message m { repeated int32 input_ids; repeated int32 attention_mask; }";
    List<Consumer<Group>> rows =
        List.of(
            row -> {
              for (int id : new int[] {5, 6, 0}) {
                row.add("input_ids", id);
                row.add("attention_mask", id == 0 ? 0 : 1);
              }
            });
    assertEquals(List.of(List.of(5, 6)), Collected.read(write(schema, Style.USUAL, rows)).rows);
  }

  @Test
  void textColumnsAreDocuments() {
    String schema =
        "message m { optional binary text (STRING); required int64 n; optional binary source"
            + " (STRING); }";
    List<Consumer<Group>> rows = new ArrayList<>();
    IntStream.range(0, 500)
        .forEach(
            i ->
                rows.add(
                    row -> {
                      row.add("text", "Grüße " + i);
                      row.add("n", (long) i);
                      row.add("source", i % 2 == 0 ? "even" : "odd");
                    }));
    Path file = write(schema, Style.USUAL, rows);
    List<Document> documents = new ArrayList<>();
    TextSource.of(file, new TextSource.Fields("text", List.of("source"))).read(documents::add);
    assertEquals(500, documents.size());
    assertEquals("Grüße 499", documents.get(499).text());
    assertEquals("odd", documents.get(499).domain());
  }

  @Test
  void readsSplitsOfAFolder() {
    for (String name :
        List.of("train-00000-of-00002", "train-00001-of-00002", "validation-00000-of-00001")) {
      ParquetSamples.write(
          folder.resolve(name + ".parquet"),
          ParquetSamples.LISTS,
          Style.USUAL,
          List.of(ParquetSamples.tokens("a", name.length(), 7)));
    }
    Collected data = Collected.read(folder);
    assertEquals(List.of(false, false, true), data.heldOut);
    assertEquals(List.of(25, 7), data.rows.get(2));
  }

  @Test
  void nestedListIsRejected() {
    String schema =
        "message m { repeated group ids (LIST) { repeated group list { required int32 element; } }"
            + " }";
    assertRejected(write(schema, Style.USUAL, List.of(row -> {})), "has no token column");
  }

  private static void addLongs(Group group, int[] row) {
    if (!group.getType().getType("ids").isPrimitive()) {
      Group list = group.addGroup("ids");
      String repeated = list.getType().getFieldName(0);
      for (int id : row) {
        if (list.getType().getType(0).isPrimitive()) {
          list.add(repeated, (long) id);
        } else {
          list.addGroup(repeated).add(0, (long) id);
        }
      }
    } else {
      Arrays.stream(row).forEach(id -> group.add("ids", (long) id));
    }
  }

  private Path write(String schema, Style style, List<Consumer<Group>> rows) {
    return ParquetSamples.write(
        folder.resolve("n" + System.nanoTime() + ".parquet"), schema, style, rows);
  }

  private static List<int[]> random(int rows) {
    SplittableRandom random = new SplittableRandom(3);
    List<int[]> all = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      all.add(random.ints(random.nextInt(40), 0, 100_000).toArray());
    }
    return all;
  }

  private static List<Integer> list(int[] ids) {
    return Arrays.stream(ids).boxed().toList();
  }

  private static void assertRejected(Path file, String words) {
    DataFormatException e = assertThrows(DataFormatException.class, () -> Collected.read(file));
    assertTrue(e.getMessage().contains(words), e.getMessage());
    assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
  }
}
