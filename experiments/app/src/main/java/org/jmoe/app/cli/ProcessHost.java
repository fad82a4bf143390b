package org.jmoe.app.cli;

import com.google.common.collect.ImmutableList;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.jmoe.catalog.engine.TrialHost;
import org.jmoe.catalog.engine.TrialListener;
import org.jmoe.training.config.ConfigException;

/**
 * Runs each trial in its own single-threaded process. Small models waste most of a second thread,
 * so two such processes train about three times as much as one with two threads; and since a trial
 * always has one thread, its numbers do not depend on how many run in parallel.
 */
final class ProcessHost implements TrialHost {
  private final ImmutableList<String> options;

  /**
   * A host.
   *
   * @param options for every process
   */
  ProcessHost(ImmutableList<String> options) {
    this.options = options;
  }

  @Override
  public void run(Job job, TrialListener watch) {
    try {
      Path errors = Files.createTempFile("jmoe-trial-", ".err");
      Process process = start(job, errors);
      try {
        follow(process, watch);
        int code = process.waitFor();
        if (code == ExperimentTrial.TERMINATED) {
          throw new CancellationException("stopped; repeat the command to resume");
        } else if (code != 0) {
          throw new ConfigException(
              "%s, %s: %s (exit code %d)"
                  .formatted(job.experiment().name(), job.text(), lastLine(errors), code));
        }
      } finally {
        process.toHandle().destroy();
        Files.deleteIfExists(errors);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run " + job.text(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    }
  }

  private Process start(Job job, Path errors) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(a -> !a.startsWith("-agentlib") && !a.startsWith("-javaagent"))
            .toList());
    command.add("--add-opens=java.base/java.nio=ALL-UNNAMED"); // what the jar's manifest says
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of("experiment", "trial", job.experiment().name(), job.arm().name()));
    command.addAll(List.of(Long.toString(job.seed()), job.folder().toString()));
    command.addAll(options);
    if (job.budget().quick()) {
      command.add("--quick");
    }
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(Map.of("OMP_NUM_THREADS", "1", "MKL_NUM_THREADS", "1"));
    return builder.redirectError(errors.toFile()).start();
  }

  private static void follow(Process process, TrialListener watch)
      throws IOException, InterruptedException {
    boolean told = false;
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        int space = line.indexOf(' ');
        if (space > 0 && line.matches("[01][.][0-9]+ .*")) {
          watch.progress(Double.parseDouble(line.substring(0, space)), line.substring(space + 1));
        }
        if (watch.shouldStop() && !told) {
          told = true;
          process.toHandle().destroy(); // it saves and leaves
        }
      }
    }
  }

  private static String lastLine(Path file) throws IOException {
    List<String> lines =
        Files.readAllLines(file, StandardCharsets.UTF_8).stream()
            .filter(l -> !l.isBlank())
            .toList();
    return lines.isEmpty() ? "it ended without output" : lines.get(lines.size() - 1);
  }
}
