package org.jmoe.training;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jmoe.metrics.LoadReport;

/**
 * Detects layers in which at least half of the experts receive almost no tokens; warns once per
 * layer.
 */
final class CollapseMonitor {
  private static final int WINDOW = 50;
  private static final double STARVED = 0.05; // fraction of a uniform share

  private final Map<String, LoadReport> loads = new HashMap<>(); // over the window
  private final Set<String> warned = new HashSet<>();
  private int steps;

  /**
   * Adds the loads of one step; at the end of a window, returns a warning for the first collapsed
   * layer.
   */
  Optional<String> step(StepReport report) {
    report.layers().forEach((layer, load) -> loads.merge(layer, load, LoadReport::plus));
    steps++;
    if (steps % WINDOW != 0) {
      return Optional.empty();
    }
    Optional<String> found =
        loads.entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .filter(e -> !warned.contains(e.getKey()))
            .flatMap(e -> warning(report.step(), e.getKey(), e.getValue()).stream())
            .findFirst();
    loads.clear();
    return found;
  }

  private Optional<String> warning(long step, String layer, LoadReport load) {
    double uniform = (double) load.total() / load.experts();
    long starved = load.choices().stream().filter(c -> c < STARVED * uniform).count();
    if (load.total() == 0 || 2 * starved < load.experts()) {
      return Optional.empty();
    }
    warned.add(layer);
    return Optional.of(
        String.format(
            Locale.ROOT,
            "warning: step %1$d: over the last %5$d steps, %2$d of %3$d experts of %4$s received"
                + " less than 5%% of a uniform share, and the busiest received %6$.0f%% of all"
                + " choices; use a stronger balance loss",
            step,
            starved,
            load.experts(),
            layer,
            WINDOW,
            100 * load.maxOverMean() / load.experts()));
  }
}
