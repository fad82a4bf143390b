package org.jmoe.catalog;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.catalog.engine.ExperimentFolder;
import org.jmoe.catalog.sweep.SweepFile;
import org.jmoe.extension.Extensions;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunJson;

/**
 * The list of experiments, extensible by users.
 *
 * @param experiments experiments in display order
 * @param json reads the configurations of sweeps
 */
public record Catalog(List<Experiment> experiments, RunJson json) {
  /** Checks that names are unique. */
  public Catalog {
    experiments = ImmutableList.copyOf(experiments);
    Preconditions.checkArgument(
        experiments.stream().map(Experiment::name).distinct().count() == experiments.size(),
        "experiment names must be unique");
  }

  /** Creates a catalogue whose sweeps use what jmoe brings. */
  public Catalog(List<Experiment> experiments) {
    this(experiments, RunJson.standard());
  }

  /** Returns the experiments contributed by extensions. */
  public static Catalog of(Extensions extensions) {
    return new Catalog(
        extensions.values(Experiment.class).values().asList(), new RunJson(extensions));
  }

  /** Returns this catalogue with one more experiment. */
  public Catalog with(Experiment experiment) {
    return new Catalog(
        ImmutableList.<Experiment>builder().addAll(experiments).add(experiment).build(), json);
  }

  /**
   * Returns the experiment or sweep of a folder.
   *
   * @throws ConfigException if the folder holds neither, or an experiment that is not known
   */
  public Experiment of(ExperimentFolder folder) {
    Path sweep = folder.path().resolve(SweepFile.NAME);
    return Files.isRegularFile(sweep)
        ? SweepFile.read(sweep, json)
        : named(folder.content().name());
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
