package org.jmoe.training.results;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableLongArray;
import java.util.List;
import java.util.Map;
import org.jmoe.metrics.LoadReport;

/**
 * The load of an MoE layer on the held-out data, as {@code summary.json} shows it.
 *
 * @param layer path of the layer
 * @param load (E) share of all choices that each expert got, summing to 1
 * @param cv coefficient of variation of the load
 * @param maxOverMean the busiest expert's load over the mean
 * @param droppedShare of choices that got no place
 * @param domains for each domain that is known to have been routed, (E) share of each expert among
 *     the choices of its tokens, summing to 1
 */
public record LayerSummary(
    String layer,
    List<Double> load,
    double cv,
    double maxOverMean,
    double droppedShare,
    Map<String, List<Double>> domains) {

  /** The summary of a layer's load, its domains by name. */
  public static LayerSummary of(String layer, LoadReport load, List<String> names) {
    ImmutableMap.Builder<String, List<Double>> domains = ImmutableMap.builder();
    for (int d = 0; d < load.byDomain().size(); d++) {
      ImmutableLongArray choices = load.byDomain().get(d);
      double total = choices.stream().sum();
      if (total == 0) {
        continue; // a layer inside an expert, or a domain that is not held out
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
