package org.jmoe.catalog.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.jmoe.analysis.labels.LabelSpecialisation;
import org.jmoe.metrics.Specialisation;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.HeatMapChart;

final class LabelChartTest {
  /** Experts with 30 and 10 choices; the labels a and b have 20 each, c none. */
  @Test
  void cellsAreLifts() {
    long[][] counts = {{20, 10, 0}, {0, 10, 0}};
    LabelSpecialisation by =
        new LabelSpecialisation(
            "kind",
            ImmutableList.of("a", "b", "c"),
            Specialisation.of(counts, List.<long[][]>of(counts)));
    HeatMapChart chart = LabelChart.of("model/moe", by);
    assertEquals("moe: lift by kind", chart.getTitle());
    var series = chart.getHeatMapSeries();
    assertEquals(List.of("b", "a"), series.getYData());
    assertEquals(List.of("0", "1"), series.getXData());
    double[][] expected = {
      {0, 0, 10.0 / 20 / 0.75}, {1, 0, 10.0 / 20 / 0.25}, {0, 1, 1 / 0.75}, {1, 1, 0}
    };
    int row = 0;
    for (Number[] cell : series.getHeatData()) {
      for (int i = 0; i < 3; i++) {
        assertEquals(expected[row][i], cell[i].doubleValue(), 1e-12);
      }
      row++;
    }
    assertEquals(4, row);
    assertEquals(0, by.lift(0, 2));
  }
}
