package org.jmoe.catalog;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.List;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.extension.Extensions;
import org.jmoe.training.config.ConfigException;

/**
 * The list of experiments, extensible by users.
 *
 * @param experiments experiments in display order
 */
public record Catalog(List<Experiment> experiments) {
  /** Checks that names are unique. */
  public Catalog {
    experiments = ImmutableList.copyOf(experiments);
    Preconditions.checkArgument(
        experiments.stream().map(Experiment::name).distinct().count() == experiments.size(),
        "experiment names must be unique");
  }

  /** Returns the experiments contributed by extensions. */
  public static Catalog of(Extensions extensions) {
    return new Catalog(extensions.values(Experiment.class).values().asList());
  }

  /** Returns this catalogue with one more experiment. */
  public Catalog with(Experiment experiment) {
    return new Catalog(
        ImmutableList.<Experiment>builder().addAll(experiments).add(experiment).build());
  }

  /**
   * Returns the experiment with this name.
   *
   * @throws ConfigException if there is none, listing the known names
   */
  public Experiment named(String name) {
    return experiments.stream()
        .filter(e -> e.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigException(
                    "unknown experiment '%s'; known experiments: %s"
                        .formatted(
                            name,
                            String.join(
                                ", ", experiments.stream().map(Experiment::name).toList()))));
  }
}
