package org.jmoe.data.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.io.DataFormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files written by other tools. */
final class FixturesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"hf_int32", "hf_int64", "large_list_dict.arrow", "zstd.arrow", "tokens.parquet"})
  void readsRowsAndDomains(String name) {
    Collected data = Collected.read(Shared.fixture(name));
    assertEquals(rows(), data.rows);
    assertEquals(strings(Shared.expected().path("domain")), data.domains);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"megatron_u16.bin", "megatron_i32.bin", "megatron_u16.idx", "megatron_i32.idx"})
  void readsMegatronSequences(String name) {
    assertEquals(rows(), Collected.read(Shared.fixture(name)).rows);
  }

  @ParameterizedTest
  @ValueSource(strings = {"flat.arrows", "nanogpt.bin"})
  void readsFlatTokensAsOneRow(String name) {
    List<Integer> all = rows().stream().flatMap(List::stream).toList();
    assertEquals(List.of(all), Collected.read(Shared.fixture(name)).rows);
  }

  @Test
  void nullIsReportedWithItsRow() {
    Path file = Shared.fixture("with_nulls.arrow");
    DataFormatException e = assertThrows(DataFormatException.class, () -> Collected.read(file));
    assertTrue(
        e.getMessage().matches(".*with_nulls.arrow has a null .*row \\d+.*"), e.getMessage());
  }

  @Test
  void textColumnSuggestsDataBuild() {
    Path file = Shared.fixture("hf_text");
    DataFormatException e = assertThrows(DataFormatException.class, () -> Collected.read(file));
    assertTrue(e.getMessage().contains("data build"), e.getMessage());
  }

  private static List<List<Integer>> rows() {
    List<List<Integer>> rows = new ArrayList<>();
    for (JsonNode row : Shared.expected().path("rows")) {
      List<Integer> ids = new ArrayList<>();
      row.forEach(id -> ids.add(id.asInt()));
      rows.add(ids);
    }
    return rows;
  }

  private static List<String> strings(JsonNode array) {
    List<String> strings = new ArrayList<>();
    array.forEach(s -> strings.add(s.asText()));
    return strings;
  }
}
