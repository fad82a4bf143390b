package org.jmoe.experiments.catalog;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.List;
import org.jmoe.experiments.run.ConfigException;

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

  /** Everything that jmoe brings. */
  public static Catalog standard() {
    return new Catalog(
        List.of(
            new PlantedClusters(),
            new Vowels(),
            new BalanceLosses(),
            new LossFreeBalancing(),
            new CapacityAndDrops(),
            new MoreExperts(),
            new FineGrainedExperts(),
            new SparseUpcycling(),
            new EveryRouter(),
            new HardAndSoftGating(),
            new HierarchicalExperts(),
            new EnsembleOrMixture(),
            new JointTraining(),
            new Overfitting(),
            new RouterStability(),
            new ExpertChoice(),
            new SoftMoe()));
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
