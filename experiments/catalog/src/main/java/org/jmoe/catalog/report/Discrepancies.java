package org.jmoe.catalog.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jmoe.catalog.engine.Column;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.catalog.engine.Results;
import org.jmoe.catalog.engine.Statistic;

/** Finds where results contradict the published ranking, and which arm varies most. */
final class Discrepancies {
  private static final Pattern NUMBER = Pattern.compile("-?[0-9]+([.][0-9]+)?");

  private record Swap(String better, String worse, double published, Statistic ours) {
    double size() {
      return Math.abs(ours.mean());
    }
  }

  private final Experiment experiment;
  private final Results results;

  Discrepancies(Experiment experiment, Results results) {
    this.experiment = experiment;
    this.results = results;
  }

  List<String> facts() {
    List<String> facts = new ArrayList<>();
    for (Column column : experiment.columns()) {
      largestSwap(column).ifPresent(facts::add);
    }
    scatter().ifPresent(facts::add);
    return facts;
  }

  /**
   * Finds the pair of arms ranked oppositely by the paper and by our means, with the largest
   * difference.
   */
  private Optional<String> largestSwap(Column column) {
    List<String> arms =
        results.arms().stream()
            .filter(a -> published(column, a).isPresent() && results.has(a, column.measure()))
            .toList();
    List<Swap> swaps = new ArrayList<>();
    for (String a : arms) {
      for (String b : arms) {
        double there = published(column, a).orElseThrow() - published(column, b).orElseThrow();
        Statistic here = results.difference(a, b, column.measure());
        if (there > 0 && here.mean() < 0) {
          swaps.add(new Swap(a, b, there, here));
        }
      }
    }
    String number = "%." + column.digits() + "f";
    return swaps.stream()
        .max(Comparator.comparingDouble(Swap::size))
        .map(
            s ->
                String.format(
                    Locale.ROOT,
                    "%s: %d of %d pairwise rankings are reversed relative to the paper; largest for"
                        + " `%s` minus `%s`, published "
                        + number
                        + ", here %s.",
                    column.heading(),
                    swaps.size(),
                    arms.size() * (arms.size() - 1) / 2,
                    s.better(),
                    s.worse(),
                    s.published(),
                    s.ours().text(column.digits())));
  }

  /** Parses the published number as printed, without its standard deviation. */
  static Optional<Double> published(Column column, String arm) {
    Matcher matcher =
        NUMBER.matcher(
            Objects.requireNonNullElse(column.published().get(arm), "").replace('−', '-'));
    return matcher.find() ? Optional.of(Double.valueOf(matcher.group())) : Optional.empty();
  }

  private Optional<String> scatter() {
    Column column = experiment.columns().get(0);
    return results.seeds().size() < 2
        ? Optional.empty()
        : results.arms().stream()
            .filter(a -> results.has(a, column.measure()))
            .max(Comparator.comparingDouble(a -> results.of(a, column.measure()).std()))
            .map(
                a ->
                    String.format(
                        Locale.ROOT,
                        "%s varies most over seeds for `%s`: from %."
                            + column.digits()
                            + "f to %."
                            + column.digits()
                            + "f.",
                        column.heading(),
                        a,
                        results.of(a, column.measure()).min(),
                        results.of(a, column.measure()).max()));
  }
}
