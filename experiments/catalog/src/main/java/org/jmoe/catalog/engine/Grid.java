package org.jmoe.catalog.engine;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * Table for a heat map, such as experts by domains.
 *
 * @param rows row names
 * @param columns column names
 * @param cells values, row by row
 */
public record Grid(List<String> rows, List<String> columns, List<List<Double>> cells) {
  /** Checks the sizes. */
  public Grid {
    int width = columns.size();
    Preconditions.checkArgument(
        cells.size() == rows.size() && cells.stream().allMatch(r -> r.size() == width),
        "cells must have %s rows and %s columns",
        rows.size(),
        columns.size());
    rows = ImmutableList.copyOf(rows);
    columns = ImmutableList.copyOf(columns);
    cells = cells.stream().map(ImmutableList::copyOf).collect(ImmutableList.toImmutableList());
  }
}
