package org.jmoe.io.arrow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jmoe.io.DataFormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ArrowTableTest {
  @TempDir Path folder = Path.of("");

  private static ArrowTable table() {
    return new ArrowTable()
        .column("step", ArrowTable.Kind.INT64)
        .column("nats", ArrowTable.Kind.FLOAT64)
        .column("split", ArrowTable.Kind.UTF8);
  }

  @Test
  void roundTrips() {
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
  void growsBeyondTheInitialCapacity() {
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
  void emptyTable() {
    Path file = folder.resolve("t.arrow");
    table().write(file);
    assertEquals(List.of(), ArrowRead.column(file, "nats"));
  }

  @Test
  void rowsMustMatchTheColumns() {
    ArrowTable table = table();
    assertThrows(IllegalArgumentException.class, () -> table.row(1L));
    assertThrows(IllegalArgumentException.class, () -> table.row(1L, "x", "train"));
    Path file = folder.resolve("t.arrow");
    table.write(file);
    assertFalse(Files.exists(folder.resolve(".t.arrow.tmp")));
    assertEquals(0, table.size());
  }

  @ParameterizedTest
  @CsvSource({"8, 2147483632", "16, 1099511627776", "0, 1099511627776", "0, -8"})
  void invalidBlocksAreRejected(int field, long value) throws IOException {
    ArrowTable table = table();
    table.row(1L, 0.5, "train");
    Path file = folder.resolve("t.arrow");
    table.write(file);
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(block(bytes) + field, value);
    Files.write(file, bytes.array());
    assertThrows(DataFormatException.class, () -> table().read(file));
  }

  /** Returns the position of the footer's first block: offset, metadata length, body length. */
  private static int block(ByteBuffer bytes) {
    int footer = bytes.limit() - 10 - bytes.getInt(bytes.limit() - 10);
    for (int at = footer; at < bytes.limit() - 34; at += 4) {
      boolean offset = bytes.getLong(at) >= 8 && bytes.getLong(at) < footer;
      boolean metadata = bytes.getInt(at + 8) > 0 && bytes.getInt(at + 8) < footer;
      if (offset && metadata && bytes.getLong(at + 16) > 0 && bytes.getLong(at + 16) < footer) {
        return at;
      }
    }
    throw new AssertionError("no block");
  }

  @Test
  void flippedBitsNeverCrash() throws IOException {
    ArrowTable table = table();
    for (long i = 0; i < 20; i++) {
      table.row(i, (double) i, "train");
    }
    Path file = folder.resolve("t.arrow");
    table.write(file);
    byte[] bytes = Files.readAllBytes(file);
    int rejected = 0;
    for (int at = 0; at < bytes.length; at++) {
      byte[] flipped = bytes.clone();
      flipped[at] ^= (byte) (1 << (at % 8));
      Files.write(file, flipped);
      try {
        table().read(file);
      } catch (DataFormatException e) {
        rejected++;
      }
    }
    assertTrue(rejected > 100, rejected + " of " + bytes.length);
  }

  @Test
  void unexpectedColumnsAreRejected() {
    Path file = folder.resolve("t.arrow");
    new ArrowTable().column("step", ArrowTable.Kind.FLOAT64).write(file);
    DataFormatException e = assertThrows(DataFormatException.class, () -> table().read(file));
    assertTrue(e.getMessage().contains("has the columns"), e.getMessage());
  }
}
