package org.jmoe.training.results;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jmoe.io.Json;
import org.jmoe.training.StepClock;
import org.jmoe.training.StepReport;
import org.jmoe.training.TrainingListener;
import org.jmoe.training.evaluation.Evaluation;
import org.jspecify.annotations.Nullable;

/**
 * Writes {@code metrics.jsonl}, one line per step and per evaluation. Each line is written
 * immediately and with a single write, so a killed process leaves complete lines. A resumed run
 * truncates the lines of the steps that it repeats.
 */
public final class MetricsLog implements TrainingListener {
  private static final ObjectWriter ROWS = Json.plain().writer();

  private final Path file;
  private final StepClock clock = new StepClock();
  private final RunRecorder recorder;
  private @Nullable FileChannel channel; // opened by the first row
  private long done; // completed steps when training started or was resumed

  /**
   * Creates a log.
   *
   * @param recorder provides the totals; receives every event before this log
   */
  public MetricsLog(Path file, RunRecorder recorder) {
    this.file = file;
    this.recorder = recorder;
  }

  @Override
  public void started(long step) {
    done = step;
    clock.start();
  }

  @Override
  public void stepped(StepReport report) {
    double speed = clock.tokensPerSecond(report);
    write(
        MetricsRow.of(
            report,
            recorder.tokens(),
            recorder.seconds(),
            speed,
            recorder.recordsRouting(report.step())));
  }

  @Override
  public void evaluated(long step, Evaluation evaluation) {
    write(MetricsRow.of(step, evaluation, recorder.tokens(), recorder.seconds()));
    clock.start();
  }

  @Override
  public void ended() {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  private void write(MetricsRow row) {
    try {
      if (channel == null) {
        channel = open();
      }
      ByteBuffer line = ByteBuffer.wrap(line(row));
      while (line.hasRemaining()) {
        channel.write(line);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  private static byte[] line(MetricsRow row) throws JsonProcessingException {
    return (ROWS.writeValueAsString(row) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /** Opens the file for writing after the last line of the completed steps. */
  private FileChannel open() throws IOException {
    long kept = 0;
    if (done > 0 && Files.exists(file)) {
      MetricsReader reader = new MetricsReader(file);
      reader.read(row -> row.step() <= done);
      kept = reader.offset();
    }
    FileChannel opened =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    opened.truncate(kept).position(kept);
    return opened;
  }
}
