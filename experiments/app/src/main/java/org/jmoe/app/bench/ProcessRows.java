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

/** Measurements that need a separate process: start-up time and peak memory. */
final class ProcessRows {
  private final String mainClass;

  /**
   * Creates measurements.
   *
   * @param mainClass main class of the command line
   */
  ProcessRows(String mainClass) {
    this.mainClass = mainClass;
  }

  /** Times a complete one-step run, an upper bound on the time to the first step. */
  BenchRow start() throws IOException {
    double fastest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < 3; i++) {
      fastest = Math.min(fastest, train("smoke", 1).seconds());
    }
    return new BenchRow("start, step and end", "smoke, 1 step", fastest, Goal.atMost(4), "s");
  }

  /** Measures peak memory of the quickstart, reached within a few steps and an evaluation. */
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
            "training preset "
                + preset
                + " failed with exit code "
                + code
                + ": "
                + Files.readString(log.toPath()));
      }
      return new Finished(seconds, RunJson.standard().parse(folder.resolve("run/summary.json")));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while training preset " + preset, e);
    } finally {
      MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }
}
