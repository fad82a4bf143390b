package org.jmoe.training.results;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jmoe.io.arrow.ArrowTable;
import org.jmoe.metrics.LoadReport;
import org.jmoe.training.config.ConfigException;

/**
 * The table {@code routing.arrow}: expert loads of selected steps, one row per step, layer and
 * expert.
 */
public final class RoutingTable {
  private RoutingTable() {}

  /** Returns an empty table with all columns. */
  static ArrowTable empty() {
    return new ArrowTable()
        .column("step", ArrowTable.Kind.INT64)
        .column("layer", ArrowTable.Kind.UTF8)
        .column("expert", ArrowTable.Kind.INT64)
        .column("choices", ArrowTable.Kind.INT64)
        .column("kept", ArrowTable.Kind.INT64)
        .column("meanProbability", ArrowTable.Kind.FLOAT64);
  }

  /** Appends the rows of one layer at one step. */
  static void add(ArrowTable table, long step, LoadReport load) {
    for (int e = 0; e < load.experts(); e++) {
      table.row(
          step,
          load.layer(),
          (long) e,
          load.choices().get(e),
          load.kept().get(e),
          load.meanProbability().get(e));
    }
  }

  /**
   * Returns the load of each layer, by path, summed over the last 10% of the recorded steps.
   *
   * @throws ConfigException if the folder is not a run or contains no loads
   */
  public static ImmutableSortedMap<String, LoadReport> trained(Path folder) {
    Path file = RunDirectory.open(folder).routing();
    if (!Files.isRegularFile(file)) {
      throw new ConfigException(folder + " has no routing.arrow; train the run first");
    }
    ArrowTable table = empty();
    table.read(file);
    Map<Long, Map<String, LoadReport>> loads = loads(table.rows());
    List<Long> steps = loads.keySet().stream().sorted().toList();
    if (steps.isEmpty()) {
      throw new ConfigException(folder + " has no MoE layer, so there are no loads");
    }
    Map<String, LoadReport> sums = new HashMap<>();
    for (long step : steps.subList(steps.size() - (steps.size() + 9) / 10, steps.size())) {
      loads
          .getOrDefault(step, Map.of())
          .forEach((layer, load) -> sums.merge(layer, load, LoadReport::plus));
    }
    return ImmutableSortedMap.copyOf(sums);
  }

  /** Returns the recorded load of each layer, by step and path. */
  static Map<Long, Map<String, LoadReport>> loads(List<Object[]> rows) {
    Map<Long, Map<String, LoadReport>> loads = new LinkedHashMap<>();
    int from = 0;
    while (from < rows.size()) {
      int to = from + 1;
      while (to < rows.size() && (Long) rows.get(to)[2] > 0) { // the next layer starts at expert 0
        to++;
      }
      Object[] first = rows.get(from);
      loads
          .computeIfAbsent((Long) first[0], s -> new LinkedHashMap<>())
          .put((String) first[1], load((String) first[1], rows.subList(from, to)));
      from = to;
    }
    return loads;
  }

  private static LoadReport load(String layer, List<Object[]> experts) {
    return new LoadReport(
            layer,
            0, // tokens are not recorded
            ImmutableLongArray.copyOf(experts.stream().mapToLong(r -> (Long) r[3])),
            ImmutableLongArray.copyOf(experts.stream().mapToLong(r -> (Long) r[4])),
            ImmutableLongArray.of())
        .withMeanProbability(
            ImmutableDoubleArray.copyOf(experts.stream().mapToDouble(r -> (Double) r[5])));
  }
}
