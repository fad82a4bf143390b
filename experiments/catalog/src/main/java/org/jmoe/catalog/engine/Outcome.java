package org.jmoe.catalog.engine;

import com.google.common.collect.ImmutableMap;
import java.util.Map;

/**
 * What a trial found, in numbers alone.
 *
 * @param measures final numbers by name
 * @param series numbers over the training by name
 * @param grids tables by name
 */
public record Outcome(
    Map<String, Double> measures, Map<String, Series> series, Map<String, Grid> grids) {
  /** Copies the maps. */
  public Outcome {
    measures = ImmutableMap.copyOf(measures);
    series = ImmutableMap.copyOf(series);
    grids = ImmutableMap.copyOf(grids);
  }

  /** Final numbers alone. */
  public static Outcome of(Map<String, Double> measures) {
    return new Outcome(measures, Map.of(), Map.of());
  }
}
