package org.jmoe.catalog.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.MapDifference;
import com.google.common.collect.Maps;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jmoe.catalog.engine.Statistic;
import org.jmoe.io.JsonFiles;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.results.Summary;

/**
 * Side-by-side comparison of finished runs.
 *
 * @param runs runs in the given order
 */
public record Comparison(List<Finished> runs) {
  private static final String SEED = "seed";
  private static final ImmutableList<String> DATA = ImmutableList.of("data.", "model.vocabulary");

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

    /** Returns the paths of the settings that decide on which tokens the loss is measured. */
    private Map<String, String> heldOut() {
      Map<String, String> settings = new TreeMap<>(config);
      settings.keySet().removeIf(path -> DATA.stream().noneMatch(path::startsWith));
      settings.put("held-out tokens", summary.path("validationTokens").asText());
      return settings;
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
  public static Comparison of(List<Path> folders, RunJson json) {
    return new Comparison(folders.stream().map(folder -> read(folder, json)).toList());
  }

  private static Finished read(Path folder, RunJson json) {
    RunDirectory run = RunDirectory.open(folder);
    if (!Files.exists(run.summary())) {
      throw new ConfigException(
          folder + " is not finished; resume it with jmoe train --resume " + folder);
    }
    Summary.read(run); // checks completeness
    Map<String, String> leaves = new TreeMap<>();
    flatten("", json.parse(run.config()), leaves);
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
      leaves.put(path, node.isValueNode() ? node.asText() : node.toString());
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
   * Two configurations, run by run with the same seed.
   *
   * @param name the first run of the configuration
   * @param baseline the first of all runs
   * @param seeds the seeds that both have
   * @param nats held-out nats per token less those of the baseline, one difference per seed
   * @param obstacle why the two cannot be compared, empty if they can; without differences
   */
  public record Pair(
      String name, String baseline, List<String> seeds, Statistic nats, String obstacle) {}

  /**
   * Returns each other configuration against the first. Runs are paired if they have the same seed
   * and their loss is measured on the same tokens.
   */
  public List<Pair> paired() {
    Map<Map<String, String>, List<Finished>> kinds = new LinkedHashMap<>();
    runs.forEach(r -> kinds.computeIfAbsent(r.kind(), k -> new ArrayList<>()).add(r));
    List<List<Finished>> groups = List.copyOf(kinds.values());
    return groups.stream().skip(1).map(group -> pair(groups.get(0), group)).toList();
  }

  private static Pair pair(List<Finished> first, List<Finished> other) {
    List<String> seeds = new ArrayList<>();
    List<Double> differences = new ArrayList<>();
    String obstacle = "they have no seed in common";
    for (Finished run : other) {
      for (Finished base : first) {
        if (base.seed().equals(run.seed()) && !seeds.contains(run.seed())) {
          MapDifference<String, String> data = Maps.difference(base.heldOut(), run.heldOut());
          if (data.areEqual()) {
            seeds.add(run.seed());
            differences.add(run.nats() - base.nats());
          } else {
            obstacle = "their loss is not measured on the same tokens (" + names(data) + ")";
          }
        }
      }
    }
    return new Pair(
        other.get(0).name(),
        first.get(0).name(),
        seeds,
        new Statistic(differences),
        seeds.isEmpty() ? obstacle : "");
  }

  private static String names(MapDifference<String, String> data) {
    Set<String> names = new TreeSet<>(data.entriesDiffering().keySet());
    names.addAll(data.entriesOnlyOnLeft().keySet());
    names.addAll(data.entriesOnlyOnRight().keySet());
    return String.join(", ", names);
  }
}
