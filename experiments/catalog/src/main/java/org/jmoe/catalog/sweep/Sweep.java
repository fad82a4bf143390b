package org.jmoe.catalog.sweep;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
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
 * @param base configuration that all arms start from
 * @param seeds number of seeds
 * @param changes changed values by path, by the name of the arm
 * @param json reads configurations
 */
public record Sweep(
    String name,
    JsonNode base,
    int seeds,
    ImmutableMap<String, ImmutableMap<String, JsonNode>> changes,
    RunJson json)
    implements Experiment {

  /** Checks that every arm is a valid configuration. */
  public Sweep {
    changes.forEach((arm, values) -> config(arm, values, base, json));
  }

  private static RunConfig config(
      String arm, Map<String, JsonNode> values, JsonNode base, RunJson json) {
    List<String> overrides =
        values.entrySet().stream().map(v -> v.getKey() + "=" + v.getValue()).toList();
    try {
      return json.read(Overrides.apply(base, overrides, json));
    } catch (ConfigException e) {
      throw new ConfigException("arm %s: %s".formatted(arm, e.getMessage()));
    }
  }

  @Override
  public String question() {
    return "How do %d configurations compare?".formatted(changes.size());
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
            changes.values().stream()
                .flatMap(values -> values.keySet().stream())
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
    List<Arm> arms = new ArrayList<>();
    changes.forEach(
        (arm, values) -> {
          RunConfig config = config(arm, values, base, json);
          int steps = budget.steps(config.training().steps());
          RunConfig shortened =
              budget.quick()
                  ? config.withTraining(config.training().toBuilder().steps(steps).build())
                  : config;
          arms.add(new Arm(arm, told(values), RunTrial.of(shortened)));
        });
    return arms;
  }

  private static String told(Map<String, JsonNode> values) {
    return values.isEmpty()
        ? "the base"
        : values.entrySet().stream()
            .map(v -> v.getKey() + "=" + v.getValue())
            .collect(Collectors.joining(", "));
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
