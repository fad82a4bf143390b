package org.jmoe.training;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jmoe.metrics.LoadReport;
import org.jmoe.metrics.LoadTally;

/** Aggregates the micro-batches of one optimizer step. */
final class StepSums {
  private final int microBatches;
  private final Map<String, Double> penalties = new LinkedHashMap<>();
  private final Map<String, LoadTally> layers = new LinkedHashMap<>();
  private final Map<String, Long> moved = new LinkedHashMap<>();
  private double nats;

  StepSums(int microBatches) {
    this.microBatches = microBatches;
  }

  void add(MicroBatch micro) {
    nats += micro.weight() * micro.nats() / microBatches;
    micro.penalties().forEach((name, p) -> penalties.merge(name, p / microBatches, Double::sum));
    micro
        .signals()
        .forEach(
            (layer, s) ->
                layers.computeIfAbsent(layer, k -> new LoadTally(layer, s.experts(), 0)).add(s));
    micro.recording().movedBytes().forEach((layer, bytes) -> moved.merge(layer, bytes, Long::sum));
  }

  StepReport report(long step, double gradientNorm, double rate, long tokens) {
    Map<String, LoadReport> loads = new LinkedHashMap<>();
    layers.forEach((layer, tally) -> loads.put(layer, tally.report()));
    return StepReport.of(step, tokens, nats)
        .withPenalties(penalties)
        .withUpdate(gradientNorm, rate)
        .withLayers(loads)
        .withMovedBytes(moved);
  }
}
