package org.jmoe.catalog.engine;

import com.google.common.collect.ImmutableMap;
import java.util.Map;

/**
 * Column of a report's table: a measure with its published values.
 *
 * @param measure name of the measure in the outcomes
 * @param heading heading with unit
 * @param digits decimal places
 * @param published published values by arm, as printed; empty if none
 */
public record Column(String measure, String heading, int digits, Map<String, String> published) {
  /** Copies the published values. */
  public Column {
    published = ImmutableMap.copyOf(published);
  }

  /** Returns a column without published values. */
  public static Column own(String measure, String heading, int digits) {
    return new Column(measure, heading, digits, Map.of());
  }
}
