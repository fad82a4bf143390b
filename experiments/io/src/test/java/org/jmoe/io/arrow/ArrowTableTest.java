package org.jmoe.io.arrow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ArrowTableTest {
  @TempDir Path folder = Path.of("");

  private static ArrowTable table() {
    return new ArrowTable()
        .column("step", ArrowTable.Kind.WHOLE)
        .column("nats", ArrowTable.Kind.REAL)
        .column("split", ArrowTable.Kind.NAME);
  }

  @Test
  void comesBackAsWritten() {
    ArrowTable table = table();
    table.row(1L, 0.5, "train");
    table.row(Long.MAX_VALUE, Double.NaN, "é");
    Path file = folder.resolve("t.arrow");
    table.write(file);
    assertEquals(
        Map.of(
            "step", List.of(1L, Long.MAX_VALUE),
            "nats", List.of(0.5, Double.NaN),
            "split", List.of("train", "é")),
        ArrowRead.columns(file));
  }

  @Test
  void growsBeyondAFirstGuess() {
    ArrowTable table = table();
    for (long i = 0; i < 20_000; i++) {
      table.row(i, (double) i, "a name that is longer than eight bytes " + i);
    }
    Path file = folder.resolve("t.arrow");
    table.write(file);
    assertEquals(19_999L, ArrowRead.column(file, "step").get(19_999));
    assertEquals(
        "a name that is longer than eight bytes 19999",
        ArrowRead.column(file, "split").get(19_999));
  }

  @Test
  void emptyTablesAreTablesToo() {
    Path file = folder.resolve("t.arrow");
    table().write(file);
    assertEquals(List.of(), ArrowRead.column(file, "nats"));
  }

  @Test
  void rowsFitTheirColumns() {
    ArrowTable table = table();
    assertThrows(IllegalArgumentException.class, () -> table.row(1L));
    assertThrows(IllegalArgumentException.class, () -> table.row(1L, "x", "train"));
    Path file = folder.resolve("t.arrow");
    table.write(file);
    assertFalse(Files.exists(folder.resolve(".t.arrow.tmp")));
    assertEquals(0, table.size());
  }
}
