package org.jmoe.app.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.app.bench.BenchRow.Goal;
import org.jmoe.training.config.RunJson;

/**
 * What only a process of its own can tell: how long it takes to begin, how much memory it holds.
 */
final class ProcessRows {
  private final String mainClass;

  /**
   * Measurements of another process.
   *
   * @param mainClass of the command line
   */
  ProcessRows(String mainClass) {
    this.mainClass = mainClass;
  }

  /** The whole of a run of one step, more than the time to the first step. */
  BenchRow start() throws IOException {
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < 3; i++) {
      least = Math.min(least, train("smoke", 1).seconds());
    }
    return new BenchRow("start, step and end", "smoke, 1 step", least, Goal.atMost(4), "s");
  }

  /** The memory of the quickstart, which is at its most after some steps and an evaluation. */
  BenchRow memory(int steps) throws IOException {
    double gib = train("quickstart", steps).summary().get("peakRssBytes").asDouble() / (1L << 30);
    return new BenchRow(
        "peak resident memory", "quickstart, " + steps + " steps", gib, Goal.atMost(1.5), "GiB");
  }

  private record Finished(double seconds, JsonNode summary) {}

  private Finished train(String preset, int steps) throws IOException {
    Path folder = Files.createTempDirectory("jmoe-bench");
    try {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
      command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass, "train"));
      command.addAll(List.of("--preset", preset, "--set", "training.steps=" + steps));
      command.addAll(List.of("--set", "training.schedule.warmup=1"));
      command.addAll(List.of("--out", folder.resolve("run").toString()));
      File log = folder.resolve("log").toFile();
      long start = System.nanoTime();
      Process process =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log).start();
      int code = process.waitFor();
      double seconds = (System.nanoTime() - start) / 1e9;
      if (code != 0) {
        throw new IOException(
            "training "
                + preset
                + " ended with code "
                + code
                + ": "
                + Files.readString(log.toPath()));
      }
      return new Finished(seconds, RunJson.standard().parse(folder.resolve("run/summary.json")));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + preset + " trained", e);
    } finally {
      MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }
}
