package org.jmoe.training.results;

import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jmoe.training.evaluation.LayerLoad;

/** Turns the rows of routing.arrow, one for each expert, back into loads. */
final class RoutingRows {
  private RoutingRows() {}

  /** The load of each layer by step and path, of the steps that were recorded. */
  static Map<Long, Map<String, LayerLoad>> loads(List<Object[]> rows) {
    Map<Long, Map<String, LayerLoad>> loads = new LinkedHashMap<>();
    int from = 0;
    while (from < rows.size()) {
      int to = from + 1;
      while (to < rows.size() && (Long) rows.get(to)[2] > 0) { // the next layer begins at expert 0
        to++;
      }
      Object[] first = rows.get(from);
      loads
          .computeIfAbsent((Long) first[0], s -> new LinkedHashMap<>())
          .put((String) first[1], load(rows.subList(from, to)));
      from = to;
    }
    return loads;
  }

  private static LayerLoad load(List<Object[]> experts) {
    return new LayerLoad(
        ImmutableLongArray.copyOf(experts.stream().mapToLong(r -> (Long) r[3])),
        ImmutableLongArray.copyOf(experts.stream().mapToLong(r -> (Long) r[4])),
        ImmutableDoubleArray.copyOf(experts.stream().mapToDouble(r -> (Double) r[5])),
        List.of(),
        0);
  }
}
