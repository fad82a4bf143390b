package org.jmoe.training.results;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableDoubleArray;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jmoe.io.arrow.ArrowTable;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.evaluation.LayerLoad;

/** What the experts of a finished run got, read from its {@code routing.arrow}. */
public final class RecordedLoads {
  private RecordedLoads() {}

  /**
   * Choices of each layer's experts, (E), summed over the last tenth of the recorded steps: what a
   * trained router does.
   *
   * @throws ConfigException when the folder is no run or has recorded nothing
   */
  public static ImmutableMap<String, ImmutableDoubleArray> trained(Path folder) {
    Path file = RunDirectory.open(folder).routing();
    if (!Files.isRegularFile(file)) {
      throw new ConfigException(folder + " has no routing.arrow yet; train it first");
    }
    ArrowTable table = RunRecorder.routingTable();
    table.read(file);
    Map<Long, Map<String, LayerLoad>> loads = RoutingRows.loads(table.rows());
    List<Long> steps = loads.keySet().stream().sorted().toList();
    if (steps.isEmpty()) {
      throw new ConfigException(folder + " recorded no layer with experts");
    }
    Map<String, double[]> sums = new TreeMap<>();
    for (long step : steps.subList(steps.size() - (steps.size() + 9) / 10, steps.size())) {
      loads.getOrDefault(step, Map.of()).forEach((layer, load) -> add(sums, layer, load));
    }
    ImmutableMap.Builder<String, ImmutableDoubleArray> layers = ImmutableMap.builder();
    sums.forEach((layer, choices) -> layers.put(layer, ImmutableDoubleArray.copyOf(choices)));
    return layers.buildOrThrow();
  }

  private static void add(Map<String, double[]> sums, String layer, LayerLoad load) {
    double[] sum = sums.computeIfAbsent(layer, l -> new double[load.experts()]);
    for (int e = 0; e < sum.length; e++) {
      sum[e] += load.choices().get(e);
    }
  }
}
