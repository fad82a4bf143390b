package org.jmoe.training.results;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableLongArray;
import java.util.List;
import java.util.Map;
import org.jmoe.metrics.LoadReport;

/**
 * Expert load of an MoE layer on held-out data, as reported in {@code summary.json}.
 *
 * @param layer path of the layer
 * @param load (E), fraction of all choices per expert; sums to 1
 * @param cv coefficient of variation of the load
 * @param maxOverMean maximum load divided by mean load
 * @param droppedShare fraction of choices dropped for lack of capacity
 * @param domains for each domain with routed tokens, (E), fraction of its choices per expert; sums
 *     to 1
 */
public record LayerSummary(
    String layer,
    List<Double> load,
    double cv,
    double maxOverMean,
    double droppedShare,
    Map<String, List<Double>> domains) {

  /** Summarizes the load of a layer; {@code names} are the names of the domains. */
  public static LayerSummary of(String layer, LoadReport load, List<String> names) {
    ImmutableMap.Builder<String, List<Double>> domains = ImmutableMap.builder();
    for (int d = 0; d < load.byDomain().size(); d++) {
      ImmutableLongArray choices = load.byDomain().get(d);
      double total = choices.stream().sum();
      if (total == 0) {
        continue; // a layer inside an expert, or a domain without held-out tokens
      }
      domains.put(names.get(d), choices.stream().mapToObj(c -> c / total).toList());
    }
    return new LayerSummary(
        layer,
        load.share().asList(),
        load.variation(),
        load.maxOverMean(),
        load.droppedShare(),
        domains.buildOrThrow());
  }
}
