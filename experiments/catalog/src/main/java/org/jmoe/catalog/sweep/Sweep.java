package org.jmoe.catalog.sweep;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Collectors;
import org.jmoe.catalog.engine.Arm;
import org.jmoe.catalog.engine.Budget;
import org.jmoe.catalog.engine.Check;
import org.jmoe.catalog.engine.Column;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.catalog.engine.Paper;
import org.jmoe.catalog.engine.Results;
import org.jmoe.catalog.trial.RunMeasures;
import org.jmoe.catalog.trial.RunTrial;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.Overrides;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;

/**
 * Training runs that differ in some values of their configuration, each with several seeds.
 *
 * @param name of lower-case letters, digits and dashes
 * @param seeds number of seeds
 * @param variants the configurations
 */
public record Sweep(String name, int seeds, ImmutableList<Variant> variants) implements Experiment {
  /**
   * One configuration.
   *
   * @param arm name of its arm
   * @param changes its values by path
   * @param config the whole configuration
   */
  public record Variant(String arm, ImmutableMap<String, JsonNode> changes, RunConfig config) {
    /**
     * Changes values of a configuration.
     *
     * @throws ConfigException with the arm if the result is no valid configuration
     */
    static Variant of(
        String arm, ImmutableMap<String, JsonNode> changes, JsonNode base, RunJson json) {
      List<String> overrides =
          changes.entrySet().stream().map(v -> v.getKey() + "=" + v.getValue()).toList();
      try {
        return new Variant(arm, changes, json.read(Overrides.apply(base, overrides, json)));
      } catch (ConfigException e) {
        throw new ConfigException("arm %s: %s".formatted(arm, e.getMessage()));
      }
    }

    private Arm arm(Budget budget) {
      int steps = budget.steps(config.training().steps());
      RunConfig shortened =
          budget.quick()
              ? config.withTraining(config.training().toBuilder().steps(steps).build())
              : config;
      return new Arm(arm, told(), RunTrial.of(shortened));
    }

    private String told() {
      return changes.isEmpty()
          ? "the base"
          : changes.entrySet().stream()
              .map(v -> v.getKey() + "=" + v.getValue())
              .collect(Collectors.joining(", "));
    }
  }

  @Override
  public String question() {
    return "How do %d configurations compare?".formatted(variants.size());
  }

  @Override
  public Paper paper() {
    return Paper.NONE;
  }

  @Override
  public String setting() {
    return "A sweep of "
        + String.join(
            ", ",
            variants.stream()
                .flatMap(variant -> variant.changes().keySet().stream())
                .collect(Collectors.toCollection(LinkedHashSet::new)))
        + "; sweep.json has everything else.";
  }

  @Override
  public String command() {
    return "jmoe sweep " + SweepFile.NAME;
  }

  /** Returns 0, since the duration is not known. */
  @Override
  public int minutes() {
    return 0;
  }

  @Override
  public List<Arm> arms(Budget budget) {
    return variants.stream().map(variant -> variant.arm(budget)).toList();
  }

  @Override
  public List<Column> columns() {
    return ImmutableList.of(
        Column.own(RunMeasures.NATS, "nats", 4),
        Column.own(RunMeasures.MAX_OVER_MEAN, "max/mean load", 2),
        Column.own(RunMeasures.DROPPED, "dropped in training", 4),
        Column.own(RunMeasures.ACTIVE, "active parameters", 0),
        Column.own(RunMeasures.SPEED, "tokens/s of a fast step", 0));
  }

  /** Returns no checks: a sweep makes no claims. */
  @Override
  public List<Check> judge(Results results) {
    return ImmutableList.of();
  }
}
