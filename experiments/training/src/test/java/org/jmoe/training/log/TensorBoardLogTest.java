package org.jmoe.training.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jmoe.training.StepReport;
import org.jmoe.training.TrainingListener;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.evaluation.Evaluation;
import org.jmoe.training.results.MetricsReader;
import org.jmoe.training.results.MetricsRow;
import org.jmoe.training.run.Run;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Event files read with an independent parser; {@code .ci/tensorboard} reads them with TensorBoard.
 */
final class TensorBoardLogTest {
  @TempDir Path folder = Path.of("");

  /** An event: its step, and a file version, a session status or scalars. */
  private record Event(long step, String version, long status, Map<String, Float> scalars) {}

  private static List<Path> files(Path run) throws IOException {
    try (Stream<Path> files = Files.list(run.resolve("tensorboard"))) {
      return files.sorted().toList();
    }
  }

  private static List<Event> events(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<Event> events = new ArrayList<>();
    while (bytes.hasRemaining()) {
      byte[] length = take(bytes, 8);
      assertEquals(masked(length), bytes.getInt());
      byte[] event =
          take(bytes, (int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong());
      assertEquals(masked(event), bytes.getInt());
      events.add(event(buffer(event)));
    }
    return events;
  }

  /** Returns the masked CRC of the TFRecord format, computed with another library. */
  private static int masked(byte[] bytes) {
    int crc = Hashing.crc32c().hashBytes(bytes).asInt();
    return (crc >>> 15 | crc << 17) + 0xa282ead8;
  }

  private static ByteBuffer buffer(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] take(ByteBuffer from, int count) {
    byte[] bytes = new byte[count];
    from.get(bytes);
    return bytes;
  }

  private static long varint(ByteBuffer from) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = from.get();
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }

  private static Event event(ByteBuffer from) {
    assertEquals(1 << 3 | 1, from.get()); // wall_time
    assertTrue(Math.abs(from.getDouble() - System.currentTimeMillis() / 1e3) < 600);
    assertEquals(2 << 3, from.get()); // step
    long step = varint(from);
    int what = from.get();
    ByteBuffer rest = buffer(take(from, (int) varint(from)));
    assertEquals(0, from.remaining());
    if (what == (3 << 3 | 2)) {
      return new Event(
          step, new String(take(rest, rest.remaining()), StandardCharsets.US_ASCII), 0, Map.of());
    } else if (what == (7 << 3 | 2)) {
      assertEquals(1 << 3, rest.get());
      return new Event(step, "", varint(rest), Map.of());
    }
    assertEquals(5 << 3 | 2, what);
    Map<String, Float> scalars = new TreeMap<>();
    while (rest.hasRemaining()) {
      assertEquals(1 << 3 | 2, rest.get());
      ByteBuffer value = buffer(take(rest, (int) varint(rest)));
      assertEquals(1 << 3 | 2, value.get());
      String tag = new String(take(value, (int) varint(value)), StandardCharsets.UTF_8);
      assertEquals(2 << 3 | 5, value.get());
      scalars.put(tag, value.getFloat());
    }
    return new Event(step, "", 0, scalars);
  }

  private TensorBoardLog log(Path run) {
    return (TensorBoardLog)
        new TensorBoardLogger().open(run, TinyRuns.json().tree(Map.of("seed", 1)));
  }

  @Test
  void writesTheMetricsOfTheRun() throws IOException {
    Path run = folder.resolve("run");
    Run.of(TinyRuns.config(TinyRuns.corpus(folder))).execute(run, log(run));
    List<Event> events = events(files(run).get(0));
    assertEquals("brain.Event:2", events.get(0).version());
    assertEquals(1, events.get(1).status());
    List<MetricsRow> rows = new ArrayList<>();
    new MetricsReader(run.resolve("metrics.jsonl")).read(rows::add);
    assertEquals(rows.size() + 2, events.size());
    for (int i = 0; i < rows.size(); i++) {
      MetricsRow row = rows.get(i);
      Event event = events.get(i + 2);
      assertEquals(row.step(), event.step());
      boolean step = row.kind() == MetricsRow.Kind.STEP;
      Map<String, Double> expected = new TreeMap<>();
      expected.put(step ? "train/nats" : "validation/nats", row.nats());
      if (step) {
        expected.put("train/gradient_norm", row.gradientNorm());
        expected.put("train/learning_rate", row.learningRate());
        row.losses().forEach((name, value) -> expected.put("losses/" + name, value));
        row.maxOverMean()
            .forEach((layer, value) -> expected.put("load_max_over_mean/" + layer, value));
        assertTrue(event.scalars().remove("train/tokens_per_second") > 0);
      }
      Map<String, Float> floats = new TreeMap<>();
      expected.forEach((tag, value) -> floats.put(tag, value.floatValue()));
      assertEquals(floats, event.scalars());
    }
  }

  @Test
  void resumedRunMarksRepeatedSteps() throws IOException {
    RunConfig config = TinyRuns.config(TinyRuns.corpus(folder), "training.checkpoint.every=2");
    Path run = folder.resolve("run");
    assertThrows(
        IllegalStateException.class, () -> Run.of(config).execute(run, log(run), new Stop()));
    Run.of(config).execute(run, log(run));
    List<Path> files = files(run);
    assertEquals(2, files.size());
    Event resumed = events(files.get(1)).get(1);
    assertEquals(1, resumed.status());
    assertEquals(3, resumed.step());
    assertEquals(3, events(files.get(1)).get(2).step());
  }

  private static final class Stop implements TrainingListener {
    @Override
    public void stepped(StepReport report) {
      if (report.step() == 2) {
        throw new IllegalStateException("stopped");
      }
    }

    @Override
    public void evaluated(long step, Evaluation evaluation) {}
  }
}
