package org.jmoe.training;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jmoe.metrics.LoadReport;

/** Notices, once for each layer, that half of its experts or more get next to nothing. */
final class CollapseWatch {
  private static final int WINDOW = 50;
  private static final double STARVED = 0.05; // of the fair share

  private final Map<String, LoadReport> loads = new HashMap<>(); // of the window
  private final Set<String> told = new HashSet<>();
  private int steps;

  /** Takes in what the routers did; a warning for the first layer found at the end of a window. */
  Optional<String> step(StepReport report) {
    report.layers().forEach((layer, load) -> loads.merge(layer, load, LoadReport::plus));
    steps++;
    if (steps % WINDOW != 0) {
      return Optional.empty();
    }
    Optional<String> found =
        loads.entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .filter(e -> !told.contains(e.getKey()))
            .flatMap(e -> warning(report.step(), e.getKey(), e.getValue()).stream())
            .findFirst();
    loads.clear();
    return found;
  }

  private Optional<String> warning(long step, String layer, LoadReport load) {
    double fair = (double) load.total() / load.experts();
    long starved = load.choices().stream().filter(c -> c < STARVED * fair).count();
    if (load.total() == 0 || 2 * starved < load.experts()) {
      return Optional.empty();
    }
    told.add(layer);
    return Optional.of(
        String.format(
            Locale.ROOT,
            "warning: at step %d %d of %d experts of %s got less than 5%% of their fair share over"
                + " the last %d steps, the busiest %.0f%% of all choices; a stronger balance loss"
                + " helps",
            step,
            starved,
            load.experts(),
            layer,
            WINDOW,
            100 * load.maxOverMean() / load.experts()));
  }
}
