package org.jmoe.catalog;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.List;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.extension.Extensions;
import org.jmoe.training.config.ConfigException;

/**
 * The experiments that there are: an explicit list, which users extend by their own.
 *
 * @param experiments in the order of a list
 */
public record Catalog(List<Experiment> experiments) {
  /** Checks that no name stands twice. */
  public Catalog {
    experiments = ImmutableList.copyOf(experiments);
    Preconditions.checkArgument(
        experiments.stream().map(Experiment::name).distinct().count() == experiments.size(),
        "two experiments have one name");
  }

  /** The experiments that extensions contribute. */
  public static Catalog of(Extensions extensions) {
    return new Catalog(extensions.values(Experiment.class).values().asList());
  }

  /** The same with an experiment of one's own. */
  public Catalog with(Experiment experiment) {
    return new Catalog(
        ImmutableList.<Experiment>builder().addAll(experiments).add(experiment).build());
  }

  /**
   * The experiment of a name.
   *
   * @throws ConfigException naming those there are
   */
  public Experiment named(String name) {
    return experiments.stream()
        .filter(e -> e.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigException(
                    "unknown experiment '%s'; there are %s"
                        .formatted(
                            name,
                            String.join(
                                ", ", experiments.stream().map(Experiment::name).toList()))));
  }
}
