package org.jmoe.catalog.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jmoe.catalog.engine.Outcome;
import org.jmoe.catalog.engine.Results;
import org.jmoe.catalog.engine.Series;
import org.jmoe.catalog.trial.RunMeasures;
import org.junit.jupiter.api.Test;

final class ArmSeriesTest {
  private static Outcome outcome(double last, double evaluated) {
    return new Outcome(
        Map.of(RunMeasures.NATS, last),
        Map.of(
            RunMeasures.NATS,
            new Series(List.of(10.0, 20.0), List.of(1.0, 2.0), List.of(4.0, evaluated))),
        Map.of());
  }

  private final Results results =
      new Results(Map.of("arm", Map.of(1L, outcome(2.0, 1.9), 2L, outcome(2.2, 2.5))));

  /** The evaluations during training use fewer batches than the final one. */
  @Test
  void chartsEndWithTheFinalEvaluation() {
    ArmSeries series = new ArmSeries(results, RunMeasures.NATS);
    assertEquals(List.of(4.0, 2.2), series.mean("arm").values());
    LineChart chart = new LineChart("nats", "tokens", Series::tokens);
    chart.draw(results, series);
    assertArrayEquals(
        new double[] {2.1}, chart.chart().getSeries("arm, final evaluation").getYData(), 1e-12);
    assertEquals(2, chart.chart().getSeries("arm").getYData().length);
    assertArrayEquals(
        new double[] {2.1},
        RankChart.of(results, List.of("arm"), RunMeasures.NATS, "nats")
            .getSeries("nats")
            .getYData(),
        1e-12);
  }

  @Test
  void ticksAreWrittenInFull() {
    List<String> ticks =
        Stream.of(0.0, 0.09, 0.1, 2.30000000001, 20_000.0).map(ChartStyle::tick).toList();
    assertEquals(List.of("0", "0.09", "0.1", "2.3", "20000"), ticks);
  }
}
