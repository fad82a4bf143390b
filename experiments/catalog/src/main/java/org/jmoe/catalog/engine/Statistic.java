package org.jmoe.catalog.engine;

import com.google.common.collect.ImmutableList;
import com.google.common.math.Quantiles;
import com.google.common.math.Stats;
import java.util.List;
import org.apache.commons.statistics.distribution.TDistribution;

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
    return values.isEmpty() ? Double.NaN : Stats.meanOf(values);
  }

  /** Returns the sample standard deviation (n - 1); NaN for fewer than two values. */
  public double std() {
    return count() < 2 ? Double.NaN : Stats.of(values).sampleStandardDeviation();
  }

  /** Returns the standard error of the mean; NaN for fewer than two values. */
  public double standardError() {
    return std() / Math.sqrt(count());
  }

  /** Returns the half-width of the 95 % t interval of the mean; NaN for fewer than two values. */
  public double margin() {
    return count() < 2
        ? Double.NaN
        : TDistribution.of(count() - 1.0).inverseSurvivalProbability(0.025) * standardError();
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
    return values.isEmpty() ? Double.NaN : Quantiles.median().compute(values);
  }

  /** Returns mean and standard error as {@code 1.234 ± 0.005}. */
  public String text(int digits) {
    return Check.number(mean(), digits)
        + (count() < 2 || Double.isNaN(mean())
            ? ""
            : " ± " + Check.number(standardError(), digits));
  }
}
