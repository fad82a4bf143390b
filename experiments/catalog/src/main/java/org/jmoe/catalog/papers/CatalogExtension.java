package org.jmoe.catalog.papers;

import java.util.List;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.extension.Extension;
import org.jmoe.extension.Extensions;

/** Contributes the built-in experiments; add one line per experiment. */
public final class CatalogExtension implements Extension {
  @Override
  public void contribute(Extensions.Builder to) {
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
            new SoftMoe())
        .forEach(experiment -> to.value(Experiment.class, experiment));
  }
}
