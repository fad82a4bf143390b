package org.jmoe.catalog.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jmoe.catalog.engine.Statistic;
import org.jmoe.io.JsonFiles;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.results.Summary;

/**
 * Side-by-side comparison of finished runs.
 *
 * @param runs runs in the given order
 */
public record Comparison(List<Finished> runs) {
  private static final String SEED = "seed";
  private static final int WIDEST = 40; // characters per cell
  private static final List<String> NUMBERS =
      List.of(
          "validationNats",
          "bitsPerByte",
          "tokens",
          "totalParameters",
          "activeParameters",
          "loadCv",
          "droppedShare",
          "tokensPerSecond");

  /**
   * One run.
   *
   * @param name name of its folder
   * @param config leaves of run.json by path
   * @param summary final numbers
   */
  public record Finished(String name, Map<String, String> config, JsonNode summary) {
    /** Returns the configuration without the seed. */
    Map<String, String> kind() {
      Map<String, String> kind = new TreeMap<>(config);
      kind.remove(SEED);
      return kind;
    }

    String seed() {
      return config.getOrDefault(SEED, "");
    }

    double nats() {
      return summary.path("validationNats").asDouble(Double.NaN);
    }
  }

  /** Copies the list. */
  public Comparison {
    runs = ImmutableList.copyOf(runs);
  }

  /**
   * Reads runs.
   *
   * @throws ConfigException if a folder holds no run or the run has not finished
   */
  public static Comparison of(List<Path> folders) {
    return new Comparison(folders.stream().map(Comparison::read).toList());
  }

  private static Finished read(Path folder) {
    RunDirectory run = RunDirectory.open(folder);
    if (!Files.exists(run.summary())) {
      throw new ConfigException(
          folder + " has not finished; resume it with jmoe train --resume " + folder + " goes on");
    }
    Summary.read(run); // checks completeness
    Map<String, String> leaves = new TreeMap<>();
    flatten("", JsonFiles.object(run.config()), leaves);
    return new Finished(folder.toString(), leaves, JsonFiles.object(run.summary()));
  }

  private static void flatten(String path, JsonNode node, Map<String, String> leaves) {
    if (node.isObject() && !node.isEmpty()) {
      node.properties()
          .forEach(
              e ->
                  flatten(
                      path.isEmpty() ? e.getKey() : path + "." + e.getKey(), e.getValue(), leaves));
    } else if (node.isArray() && !node.isEmpty()) {
      for (int i = 0; i < node.size(); i++) {
        flatten(path + "." + i, node.get(i), leaves);
      }
    } else {
      leaves.put(path, node.isTextual() ? node.asText() : node.toString());
    }
  }

  /** Returns the configuration paths whose values differ between the runs. */
  public List<String> differing() {
    Set<String> paths = new LinkedHashSet<>();
    runs.forEach(r -> paths.addAll(r.config().keySet()));
    return paths.stream()
        .filter(p -> runs.stream().map(r -> r.config().getOrDefault(p, "-")).distinct().count() > 1)
        .toList();
  }

  /**
   * Returns the difference in held-out nats between each other configuration and the first, over
   * the seeds they have in common; a configuration is named after its first run.
   */
  public Map<String, Statistic> paired() {
    Map<Map<String, String>, List<Finished>> kinds = new LinkedHashMap<>();
    runs.forEach(r -> kinds.computeIfAbsent(r.kind(), k -> new ArrayList<>()).add(r));
    Map<String, Statistic> found = new LinkedHashMap<>();
    List<Finished> first = kinds.values().iterator().next();
    kinds.values().stream()
        .skip(1)
        .forEach(
            other -> {
              List<Double> differences = new ArrayList<>();
              for (Finished run : other) {
                first.stream()
                    .filter(f -> f.seed().equals(run.seed()))
                    .findFirst()
                    .ifPresent(f -> differences.add(run.nats() - f.nats()));
              }
              if (!differences.isEmpty()) {
                found.put(other.get(0).name(), new Statistic(differences));
              }
            });
    return found;
  }

  /** Returns the comparison as text. */
  public String text() {
    StringBuilder text = new StringBuilder();
    List<List<String>> rows = new ArrayList<>();
    List<String> head = new ArrayList<>(List.of(""));
    runs.forEach(r -> head.add(r.name()));
    rows.add(head);
    for (String path : differing()) {
      row(rows, path, r -> cut(r.config().getOrDefault(path, "-")));
    }
    for (String number : NUMBERS) {
      row(rows, number, r -> number(r.summary().path(number)));
    }
    table(rows, text);
    paired()
        .forEach(
            (name, statistic) ->
                text.append(
                    String.format(
                        Locale.ROOT,
                        "%n%s minus %s (same configuration, other seeds included): %s nats over %d"
                            + " common seed%s%n",
                        name,
                        runs.get(0).name(),
                        statistic.text(5),
                        statistic.count(),
                        statistic.count() == 1 ? "" : "s")));
    return text.toString();
  }

  private void row(List<List<String>> rows, String name, Function<Finished, String> cell) {
    List<String> row = new ArrayList<>(List.of(name));
    runs.forEach(r -> row.add(cell.apply(r)));
    rows.add(row);
  }

  private static String cut(String text) {
    return text.length() > WIDEST ? text.substring(0, WIDEST - 2) + ".." : text;
  }

  private static String number(JsonNode node) {
    return node.isIntegralNumber()
        ? String.format(Locale.ROOT, "%,d", node.asLong())
        : node.isNumber() ? String.format(Locale.ROOT, "%.5g", node.asDouble()) : "-";
  }

  private static void table(List<List<String>> rows, StringBuilder text) {
    int columns = rows.get(0).size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int c = 0; c < columns; c++) {
        widths[c] = Math.max(widths[c], row.get(c).length());
      }
    }
    for (List<String> row : rows) {
      text.append(row.get(0)).append(" ".repeat(widths[0] - row.get(0).length()));
      for (int c = 1; c < columns; c++) {
        text.append("  ").append(" ".repeat(widths[c] - row.get(c).length())).append(row.get(c));
      }
      text.append(String.format("%n"));
    }
  }
}
