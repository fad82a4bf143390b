package org.jmoe.experiments.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jmoe.layer.RoutingSignals;

/** Adds up the micro-batches of one optimizer step. */
final class StepSums {
  private final int microBatches;
  private final Map<String, Double> penalties = new LinkedHashMap<>();
  private final Map<String, LayerTally> layers = new LinkedHashMap<>();
  private double nats;

  StepSums(int microBatches) {
    this.microBatches = microBatches;
  }

  void addNats(double loss) {
    nats += loss / microBatches;
  }

  void addPenalty(String name, double penalty) {
    penalties.merge(name, penalty / microBatches, Double::sum);
  }

  void addRouting(Map<String, RoutingSignals> signals) {
    signals.forEach(
        (layer, s) -> layers.computeIfAbsent(layer, k -> new LayerTally(s.experts(), 0)).add(s));
  }

  StepReport report(long step, double gradientNorm, double rate, long tokens) {
    Map<String, LayerLoad> loads = new LinkedHashMap<>();
    layers.forEach((layer, tally) -> loads.put(layer, tally.load()));
    return new StepReport(step, nats, penalties, gradientNorm, rate, tokens, loads);
  }
}
