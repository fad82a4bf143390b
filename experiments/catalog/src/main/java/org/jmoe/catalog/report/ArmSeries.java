package org.jmoe.catalog.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jmoe.catalog.engine.Results;
import org.jmoe.catalog.engine.Series;
import org.jmoe.catalog.engine.Statistic;
import org.jmoe.catalog.trial.RunMeasures;
import org.jspecify.annotations.Nullable;

/** A series of an experiment over the seeds of an arm, with at most about 60 points. */
public final class ArmSeries {
  private static final int POINTS = 60;

  private final Results results;
  private final String name;

  /** Creates the series of this name. */
  public ArmSeries(Results results, String name) {
    this.results = results;
    this.name = name;
  }

  /** Returns a series per seed. */
  List<Series> of(String arm) {
    return results.seeds().stream()
        .map(seed -> results.outcome(arm, seed).series().get(name))
        .filter(Objects::nonNull)
        .toList();
  }

  /** Returns the final evaluation, which the tables show; null where the series is of training. */
  @Nullable Statistic last(String arm) {
    return name.equals(RunMeasures.NATS) && results.has(arm, name) ? results.of(arm, name) : null;
  }

  /** Returns the mean over the seeds. */
  public Series mean(String arm) {
    List<Series> all = of(arm);
    int length = length(all);
    int each = each(all);
    List<Double> tokens = new ArrayList<>();
    List<Double> seconds = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    for (int from = 0; from < length; from += each) {
      int point = from / each;
      int last = Math.min(from + each, length) - 1;
      tokens.add(average(all, s -> s.tokens().get(last)));
      seconds.add(average(all, s -> s.seconds().get(last)));
      values.add(average(all, s -> pooled(s, each, point)));
    }
    return new Series(tokens, seconds, values);
  }

  /** Returns the standard error over the seeds at a point of the mean, 0 for a single seed. */
  public double error(String arm, int point) {
    List<Series> all = of(arm);
    int each = each(all);
    double error =
        new Statistic(all.stream().map(s -> pooled(s, each, point)).toList()).standardError();
    return Double.isFinite(error) ? error : 0;
  }

  private static int length(List<Series> all) {
    return all.stream().mapToInt(s -> s.values().size()).min().orElse(0);
  }

  /** Returns the number of values that form one point. */
  private static int each(List<Series> all) {
    return Math.max(1, length(all) / POINTS);
  }

  private static double pooled(Series series, int each, int point) {
    int to = Math.min((point + 1) * each, series.values().size());
    return average(series.values().subList(point * each, to), v -> v);
  }

  private static <T> double average(List<T> all, Function<T, Double> of) {
    return all.stream().mapToDouble(of::apply).average().orElse(Double.NaN);
  }
}
