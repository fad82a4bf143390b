package org.jmoe.catalog.engine;

import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * Summary statistics of a measure over seeds.
 *
 * @param values one value per seed
 */
public record Statistic(List<Double> values) {
  /** Copies the values. */
  public Statistic {
    values = ImmutableList.copyOf(values);
  }

  /** Returns the number of seeds. */
  public int count() {
    return values.size();
  }

  /** Returns the mean; NaN if empty. */
  public double mean() {
    return values.stream().mapToDouble(v -> v).average().orElse(Double.NaN);
  }

  /** Returns the sample standard deviation (n - 1); NaN for fewer than two values. */
  public double std() {
    double mean = mean();
    double squares = values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
    return count() < 2 ? Double.NaN : Math.sqrt(squares / (count() - 1));
  }

  /** Returns the standard error of the mean; NaN for fewer than two values. */
  public double standardError() {
    return std() / Math.sqrt(count());
  }

  /** Returns the minimum; NaN if empty. */
  public double min() {
    return values.stream().mapToDouble(v -> v).min().orElse(Double.NaN);
  }

  /** Returns the maximum; NaN if empty. */
  public double max() {
    return values.stream().mapToDouble(v -> v).max().orElse(Double.NaN);
  }

  /** Returns the median; NaN if empty. */
  public double median() {
    List<Double> sorted = values.stream().sorted().toList();
    int n = sorted.size();
    return n == 0 ? Double.NaN : (sorted.get((n - 1) / 2) + sorted.get(n / 2)) / 2;
  }

  /** Returns mean and standard error as {@code 1.234 ± 0.005}. */
  public String text(int digits) {
    return Check.number(mean(), digits)
        + (count() < 2 || Double.isNaN(mean())
            ? ""
            : " ± " + Check.number(standardError(), digits));
  }
}
