package org.jmoe.catalog.engine;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * A table for a heat map, such as experts by domains.
 *
 * @param rows names of the rows
 * @param columns names of the columns
 * @param cells rows of numbers
 */
public record Grid(List<String> rows, List<String> columns, List<List<Double>> cells) {
  /** Checks the sizes. */
  public Grid {
    int width = columns.size();
    Preconditions.checkArgument(
        cells.size() == rows.size() && cells.stream().allMatch(r -> r.size() == width),
        "the cells do not fit %s rows and %s columns",
        rows.size(),
        columns.size());
    rows = ImmutableList.copyOf(rows);
    columns = ImmutableList.copyOf(columns);
    cells = cells.stream().map(ImmutableList::copyOf).collect(ImmutableList.toImmutableList());
  }
}
