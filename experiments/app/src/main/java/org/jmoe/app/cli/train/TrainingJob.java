package org.jmoe.app.cli.train;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jmoe.app.cli.option.ConsoleProgress;
import org.jmoe.app.cli.option.StopSignal;
import org.jmoe.catalog.report.Plots;
import org.jmoe.training.DeviceLayout;
import org.jmoe.training.StoppedException;
import org.jmoe.training.TrainingListener;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.log.GuardedLog;
import org.jmoe.training.log.RunLogger;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.results.Summary;
import org.jmoe.training.run.Execution;
import org.jmoe.training.run.Run;
import org.jmoe.view.ReportPage;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * Runs training for a command, with progress and stopping on signals.
 *
 * @param output where the results go
 * @param devices what computes
 * @param loggers that receive the numbers as it trains
 * @param deadline time of System.nanoTime at which it saves and stops; null for none
 */
record TrainingJob(
    RunConfig config,
    RunJson json,
    Path output,
    DeviceLayout devices,
    List<RunLogger> loggers,
    @Nullable Long deadline) {
  private static final int TERMINATED = 143;

  TrainingJob(
      RunConfig config, RunJson json, Path output, DeviceLayout devices, List<RunLogger> loggers) {
    this(config, json, output, devices, loggers, null);
  }

  /** The same job with a deadline; null for none. */
  TrainingJob until(@Nullable Long nanos) {
    return new TrainingJob(config, json, output, devices, loggers, nanos);
  }

  private boolean isOver() {
    return deadline != null && System.nanoTime() - deadline > 0;
  }

  /** Trains; returns the exit code. */
  int run(boolean force, boolean acceptChanges, CommandLine command) {
    Summary summary;
    try (StopSignal signal = new StopSignal();
        ConsoleProgress building =
            ConsoleProgress.of("corpus", config.data().source().bytes(), false);
        TrainingProgress progress = new TrainingProgress(config.training().steps())) {
      Execution execution =
          new Execution(
              force, acceptChanges, devices, building, () -> signal.requested() || isOver());
      try {
        summary = new Run(config, json).execute(output, execution, listeners(progress));
      } catch (StoppedException e) {
        command.getErr().println(e.getMessage()); // before the signal lets the process end
        return isOver() ? 0 : TERMINATED;
      }
    } catch (OutOfMemoryError e) {
      throw new IllegalStateException(
          "out of memory ("
              + e.getMessage()
              + "); repeat the command to resume from the last checkpoint, with more memory by"
              + " JMOE_JAVA_OPTIONS=-Xmx8g",
          e);
    }
    PrintWriter text = command.getOut();
    SummaryText.print(summary, text);
    text.printf(Locale.ROOT, "%nresults: %s%n", output);
    text.flush();
    ReportPage.write(output, output, json, command.getErr()::println);
    try {
      Plots.of(new RunDirectory(output), config, summary);
      return 0;
    } catch (RuntimeException | Error e) { // such as a machine without fonts
      throw new IllegalStateException(
          "the run is finished, but its plots could not be drawn (%s); jmoe plots %s draws them"
              .formatted(e, output),
          e);
    }
  }

  /** The progress, then the logs that write to other tools. */
  private TrainingListener[] listeners(TrainingProgress progress) {
    JsonNode tree = json.write(config);
    Stream<TrainingListener> logs =
        loggers.stream()
            .map(l -> new GuardedLog(l.name(), l.open(output, tree), progress::message));
    return Stream.concat(Stream.of(progress), logs).toArray(TrainingListener[]::new);
  }
}
