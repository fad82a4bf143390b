package org.jmoe.catalog.engine;

import com.google.common.collect.ImmutableMap;
import java.util.Map;

/**
 * A measure as it stands in a report's table, beside what was published.
 *
 * @param measure its name in the outcomes
 * @param heading with the unit
 * @param digits after the point
 * @param published by arm, as printed; empty where nothing was
 */
public record Column(String measure, String heading, int digits, Map<String, String> published) {
  /** Copies the published numbers. */
  public Column {
    published = ImmutableMap.copyOf(published);
  }

  /** A measure that no paper tells. */
  public static Column own(String measure, String heading, int digits) {
    return new Column(measure, heading, digits, Map.of());
  }
}
