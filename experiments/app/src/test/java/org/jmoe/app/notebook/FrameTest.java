package org.jmoe.app.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.arrow.ArrowTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FrameTest {
  @TempDir Path folder = Path.of("");

  @Test
  void readsTablesOfRuns() {
    ArrowTable table =
        new ArrowTable()
            .column("step", ArrowTable.Kind.INT64)
            .column("split", ArrowTable.Kind.UTF8)
            .column("nats", ArrowTable.Kind.FLOAT64);
    table.row(1L, "train", 5.5);
    table.row(2L, "train", 4.5);
    table.row(2L, "validation", Double.NaN);
    Path file = folder.resolve("metrics.arrow");
    table.write(file);

    Frame frame = Frame.read(file);
    assertEquals(List.of("step", "split", "nats"), frame.columns());
    assertEquals(List.of(5.5, 4.5), frame.where("split", "train").numbers("nats"));
    assertEquals(List.of(1.0, 2.0, 2.0), frame.numbers("step"));
    assertEquals(2, frame.where("step", 2).rows().size());
    assertEquals(List.of("train", "validation"), frame.distinct("split"));
    assertEquals(1, frame.head("first", 1).rows().size());
    String message =
        String.valueOf(
            assertThrows(IllegalArgumentException.class, () -> frame.numbers("loss")).getMessage());
    assertTrue(message.contains("no column 'loss'; use one of [step, split, nats]"), message);
  }

  @Test
  void rejectsOtherFiles() throws IOException {
    Path file = Files.writeString(folder.resolve("x.arrow"), "no table at all");
    assertThrows(DataFormatException.class, () -> Frame.read(file));
  }
}
