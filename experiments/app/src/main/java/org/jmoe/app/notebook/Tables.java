package org.jmoe.app.notebook;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.metrics.LoadReport;
import org.jmoe.tensor.Ops;

/** Tables of arrays, load reports and routings. */
final class Tables {
  private static final int LIMIT = 16; // rows or columns of an array, tokens of a routing

  private Tables() {}

  /** One row per expert: choices, choices served, and load relative to the mean. */
  static Table of(LoadReport load) {
    Table table =
        Table.of(
            "%s: %,d tokens, %,d choices, cv %.2f, max/mean %.2f, dropped %.1f%%"
                .formatted(
                    load.layer(),
                    load.tokens(),
                    load.total(),
                    load.variation(),
                    load.maxOverMean(),
                    100 * load.droppedShare()),
            "expert",
            "asked",
            "served",
            "load/mean");
    double mean = Math.max(1, load.total()) / (double) load.experts();
    for (int e = 0; e < load.experts(); e++) {
      table =
          table.row(
              e,
              load.choices().get(e),
              load.kept().get(e),
              Cell.shaded(load.choices().get(e) / mean, load.maxOverMean()));
    }
    return table;
  }

  /** One row per token, one column per expert: weights of choices, struck through if dropped. */
  static Table of(RoutingSignals signals) {
    int experts = signals.experts();
    int k = Math.toIntExact(signals.choices().getShape().get(1));
    int tokens = Math.toIntExact(signals.tokens());
    long[] choices = signals.choices().toLongArray(); // (T * K)
    boolean[] kept = signals.kept().toBooleanArray(); // (T * K)
    double[] weights = doubles(signals.weights()); // (T * K)
    List<String> columns =
        Stream.concat(Stream.of("token"), IntStream.range(0, experts).mapToObj(e -> "e" + e))
            .toList();
    List<List<Cell>> rows = new ArrayList<>();
    for (int t = 0; t < Math.min(LIMIT, tokens); t++) {
      List<Cell> row = new ArrayList<>(List.of(Cell.of(t)));
      for (int e = 0; e < experts; e++) {
        row.add(Cell.of(""));
      }
      for (int i = t * k; i < (t + 1) * k; i++) {
        if (choices[i] >= 0) {
          double shade = Cell.shaded(weights[i], 1).shade();
          row.set(1 + (int) choices[i], new Cell(weights[i], kept[i] ? shade : 0, !kept[i]));
        }
      }
      rows.add(row);
    }
    String part = tokens > LIMIT ? "; the first " + LIMIT : "";
    String title =
        "%d tokens to %d experts: weights of choices, struck through if dropped%s"
            .formatted(tokens, experts, part);
    return new Table(title, columns, rows);
  }

  /** Shape, data type, device and the first elements of the last two axes. */
  static Table of(NDArray array) {
    Shape shape = array.getShape();
    int axes = shape.dimension();
    int columns = axes == 0 ? 1 : Math.toIntExact(shape.get(axes - 1));
    int rows = axes < 2 ? 1 : Math.toIntExact(shape.get(axes - 2));
    double[] numbers = doubles(array);
    String title =
        "%s %s on %s%s%s"
            .formatted(
                shape,
                array.getDataType(),
                array.getDevice(),
                axes > 2 ? "; the first matrix" : "",
                rows > LIMIT || columns > LIMIT ? "; the first elements" : "");
    int wide = Math.min(LIMIT, columns);
    List<String> names =
        Stream.concat(Stream.of(""), IntStream.range(0, wide).mapToObj(Integer::toString)).toList();
    List<List<Cell>> cells = new ArrayList<>();
    for (int r = 0; r < Math.min(LIMIT, rows) && numbers.length > 0; r++) {
      List<Cell> row = new ArrayList<>(List.of(Cell.of(axes < 2 ? "" : "[" + r + "]")));
      for (int c = 0; c < wide; c++) {
        double number = numbers[r * columns + c];
        boolean integral = array.getDataType().isInteger() || array.getDataType().isBoolean();
        row.add(integral ? Cell.of((long) number) : Cell.of(number));
      }
      cells.add(row);
    }
    return new Table(title, names, cells);
  }

  private static double[] doubles(NDArray array) {
    try (NDArray exact = Ops.cast(array.stopGradient(), DataType.FLOAT64)) {
      return exact.toDoubleArray();
    }
  }
}
