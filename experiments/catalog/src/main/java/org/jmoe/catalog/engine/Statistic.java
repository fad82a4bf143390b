package org.jmoe.catalog.engine;

import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * Numbers of several seeds.
 *
 * @param values one of each seed
 */
public record Statistic(List<Double> values) {
  /** Copies the values. */
  public Statistic {
    values = ImmutableList.copyOf(values);
  }

  /** How many seeds. */
  public int count() {
    return values.size();
  }

  /** Their mean; NaN without any. */
  public double mean() {
    return values.stream().mapToDouble(v -> v).average().orElse(Double.NaN);
  }

  /** Their standard deviation, by n - 1; NaN below two. */
  public double deviation() {
    double mean = mean();
    double squares = values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
    return count() < 2 ? Double.NaN : Math.sqrt(squares / (count() - 1));
  }

  /** The mean's standard error; NaN below two. */
  public double error() {
    return deviation() / Math.sqrt(count());
  }

  /** The least. */
  public double least() {
    return values.stream().mapToDouble(v -> v).min().orElse(Double.NaN);
  }

  /** The largest. */
  public double most() {
    return values.stream().mapToDouble(v -> v).max().orElse(Double.NaN);
  }

  /** The middle one, or the mean of the middle two. */
  public double median() {
    List<Double> sorted = values.stream().sorted().toList();
    int n = sorted.size();
    return n == 0 ? Double.NaN : (sorted.get((n - 1) / 2) + sorted.get(n / 2)) / 2;
  }

  /** Mean and standard error as {@code 1.234 ± 0.005}. */
  public String text(int digits) {
    return Check.number(mean(), digits)
        + (count() < 2 || Double.isNaN(mean()) ? "" : " ± " + Check.number(error(), digits));
  }
}
