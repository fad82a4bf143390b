package org.jmoe.catalog.engine;

import com.google.common.collect.ImmutableMap;
import java.util.Map;

/**
 * Measured results of a trial.
 *
 * @param measures final values by name
 * @param series values over training by name
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

  /** Returns an outcome with final values only. */
  public static Outcome of(Map<String, Double> measures) {
    return new Outcome(measures, Map.of(), Map.of());
  }
}
