package org.jmoe.catalog.trial;

import com.google.common.primitives.ImmutableLongArray;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jmoe.catalog.engine.Grid;
import org.jmoe.catalog.engine.Series;
import org.jmoe.metrics.LoadReport;
import org.jmoe.training.StepReport;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.results.LayerSummary;
import org.jmoe.training.results.RunRecorder;
import org.jmoe.training.results.Summary;

/** Curves and heat maps derived from the files of a finished run. */
final class RunCurves {
  private final RunConfig config;
  private final Summary summary;
  private final RunRecorder record;

  RunCurves(RunConfig config, Summary summary, RunRecorder record) {
    this.config = config;
    this.summary = summary;
    this.record = record;
  }

  /** Returns held-out loss and load over the steps. */
  Map<String, Series> series() {
    Map<String, Series> all = new LinkedHashMap<>();
    List<Double> tokens = new ArrayList<>();
    List<Double> seconds = new ArrayList<>();
    List<Double> nats = new ArrayList<>();
    record
        .evaluations()
        .forEach(
            (step, evaluation) -> {
              tokens.add((double) config.training().tokensBefore(step));
              seconds.add(Objects.requireNonNull(record.evaluatedAt().get(step)));
              nats.add(evaluation.nats());
            });
    all.put(RunMeasures.NATS, new Series(tokens, seconds, nats));
    if (!summary.layers().isEmpty()) {
      all.put(RunMeasures.MAX_OVER_MEAN, ofLoads(LoadReport::maxOverMean));
      all.put(RunMeasures.DROPPED, ofLoads(LoadReport::droppedShare));
    }
    return all;
  }

  private Series ofLoads(ToDoubleFunction<LoadReport> measure) {
    List<StepReport> steps = record.steps().stream().filter(s -> !s.layers().isEmpty()).toList();
    return new Series(
        steps.stream().map(s -> (double) config.training().tokensBefore(s.step() + 1)).toList(),
        steps.stream().map(s -> Double.NaN).toList(),
        steps.stream()
            .map(s -> s.layers().values().stream().mapToDouble(measure).average().orElse(0))
            .toList());
  }

  /** Returns the load of each expert over domains and over steps. */
  Map<String, Grid> grids() {
    List<LayerSummary> whole =
        summary.layers().stream().filter(l -> !l.domains().isEmpty()).toList();
    if (whole.isEmpty()) {
      return Map.of();
    }
    LayerSummary last = whole.get(whole.size() - 1);
    int experts = last.load().size();
    List<String> names = IntStream.range(0, experts).mapToObj(Integer::toString).toList();
    List<String> domains = last.domains().keySet().stream().sorted().toList();
    List<List<Double>> shares =
        IntStream.range(0, experts)
            .mapToObj(
                e ->
                    domains.stream()
                        .map(d -> Objects.requireNonNull(last.domains().get(d)).get(e) * experts)
                        .toList())
            .toList();
    return Map.of("domains", new Grid(names, domains, shares), "load", load(last.layer(), names));
  }

  private Grid load(String layer, List<String> names) {
    List<StepReport> steps =
        record.steps().stream().filter(s -> s.layers().containsKey(layer)).toList();
    int each = Math.max(1, (steps.size() + 39) / 40); // at most forty columns
    List<StepReport> some =
        IntStream.range(0, steps.size()).filter(i -> i % each == 0).mapToObj(steps::get).toList();
    List<List<Double>> cells =
        IntStream.range(0, names.size())
            .mapToObj(e -> some.stream().map(s -> share(s, layer, e) * names.size()).toList())
            .toList();
    return new Grid(names, some.stream().map(s -> Long.toString(s.step() + 1)).toList(), cells);
  }

  private static double share(StepReport step, String layer, int expert) {
    ImmutableLongArray choices = Objects.requireNonNull(step.layers().get(layer)).choices();
    return choices.get(expert) / (double) Math.max(1, choices.stream().sum());
  }
}
