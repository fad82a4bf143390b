package org.jmoe.training;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jmoe.training.evaluation.LayerLoad;

/** Notices, once for each layer, that half of its experts or more get next to nothing. */
final class CollapseWatch {
  private static final int WINDOW = 50;
  private static final double STARVED = 0.05; // of the fair share

  private final Map<String, long[]> choices = new HashMap<>(); // (E)
  private final Set<String> told = new HashSet<>();
  private int steps;

  /** Takes in what the routers did; a warning for the first layer found at the end of a window. */
  Optional<String> step(StepReport report) {
    report.layers().forEach(this::add);
    steps++;
    if (steps % WINDOW != 0) {
      return Optional.empty();
    }
    Optional<String> found =
        choices.entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .filter(e -> !told.contains(e.getKey()))
            .flatMap(e -> warning(report.step(), e.getKey(), e.getValue()).stream())
            .findFirst();
    choices.clear();
    return found;
  }

  private void add(String layer, LayerLoad load) {
    long[] sums = choices.computeIfAbsent(layer, l -> new long[load.experts()]);
    for (int e = 0; e < sums.length; e++) {
      sums[e] += load.choices().get(e);
    }
  }

  private Optional<String> warning(long step, String layer, long[] sums) {
    long total = Arrays.stream(sums).sum();
    double fair = (double) total / sums.length;
    long starved = Arrays.stream(sums).filter(c -> c < STARVED * fair).count();
    if (total == 0 || 2 * starved < sums.length) {
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
            sums.length,
            layer,
            WINDOW,
            100.0 * Arrays.stream(sums).max().orElse(0) / total));
  }
}
