package org.jmoe.catalog.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jmoe.metrics.LoadReport;
import org.jmoe.training.StepReport;
import org.knowm.xchart.HeatMapChart;

/** Load of each expert of a layer over training steps; 1 is the fair share. */
final class LoadChart {
  private static final int COLUMNS = 60;

  private LoadChart() {}

  static HeatMapChart of(String layer, List<StepReport> all) {
    // A resumed run has recorded the loads of only some of its earlier steps, and a skipped step
    // none.
    List<StepReport> steps = all.stream().filter(s -> s.layers().containsKey(layer)).toList();
    int columns = Math.min(COLUMNS, steps.size());
    int experts = load(steps.get(0), layer).experts();
    List<Long> last = new ArrayList<>();
    List<Number[]> cells = new ArrayList<>();
    for (int column = 0; column < columns; column++) {
      int from = column * steps.size() / columns;
      int to = (column + 1) * steps.size() / columns;
      last.add(steps.get(to - 1).step() + 1);
      for (int e = 0; e < experts; e++) {
        int expert = e;
        double share =
            steps.subList(from, to).stream()
                .mapToDouble(s -> load(s, layer).share().get(expert))
                .average()
                .orElse(0);
        cells.add(new Number[] {column, e, Math.min(2, share * experts)});
      }
    }
    HeatMapChart chart =
        ChartStyle.heatMap(
            layer.replace("model/", "")
                + ": load over training (1 is the mean; 2 or more is dark red)",
            "step",
            "expert",
            experts,
            0);
    chart.addSeries("load", ChartStyle.steps(last), ChartStyle.numbers(experts), cells);

    return chart;
  }

  private static LoadReport load(StepReport step, String layer) {
    return Objects.requireNonNull(step.layers().get(layer));
  }
}
