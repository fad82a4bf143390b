package org.jmoe.catalog;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.List;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.catalog.papers.BalanceLosses;
import org.jmoe.catalog.papers.CapacityAndDrops;
import org.jmoe.catalog.papers.EnsembleOrMixture;
import org.jmoe.catalog.papers.EveryRouter;
import org.jmoe.catalog.papers.ExpertChoice;
import org.jmoe.catalog.papers.FineGrainedExperts;
import org.jmoe.catalog.papers.HardAndSoftGating;
import org.jmoe.catalog.papers.HierarchicalExperts;
import org.jmoe.catalog.papers.JointTraining;
import org.jmoe.catalog.papers.LossFreeBalancing;
import org.jmoe.catalog.papers.MoreExperts;
import org.jmoe.catalog.papers.Overfitting;
import org.jmoe.catalog.papers.PlantedClusters;
import org.jmoe.catalog.papers.RouterStability;
import org.jmoe.catalog.papers.SoftMoe;
import org.jmoe.catalog.papers.SparseUpcycling;
import org.jmoe.catalog.papers.Vowels;
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
