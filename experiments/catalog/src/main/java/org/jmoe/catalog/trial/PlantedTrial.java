package org.jmoe.catalog.trial;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jmoe.catalog.engine.Outcome;
import org.jmoe.catalog.engine.Series;
import org.jmoe.catalog.engine.Trial;
import org.jmoe.catalog.engine.TrialListener;
import org.jmoe.data.corpus.HeldOut;
import org.jmoe.data.corpus.SyntheticCorpus;
import org.jmoe.extension.Extensions;
import org.jmoe.layer.LossTerm;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.training.config.DataSpec;
import org.jmoe.training.config.FileSource;
import org.jmoe.training.config.RunConfig;

/**
 * A run on a synthetic corpus drawn from the trial's seed, identical in every arm.
 *
 * @param config configuration of the run; the corpus replaces its data
 * @param sequences sequences per domain; few enough can be memorised
 */
public record PlantedTrial(RunConfig config, int sequences) implements Trial {
  /** Measure: final held-out nats minus the minimum during training, the cost of overfitting. */
  public static final String OVERFIT = "overfit";

  private static final int DOMAINS = 8;
  private static final int TOKENS =
      32; // few enough that a small corpus shows most pairs more than once
  private static final double SHARPNESS = 2;
  private static final double HELD_OUT = 0.5;

  @Override
  public Outcome run(long seed, Path folder, Extensions extensions, TrialListener watch) {
    Path corpus = folder.resolveSibling(folder.getFileName() + ".arrow");
    if (!Files.exists(corpus)) {
      new SyntheticCorpus(
              SyntheticCorpus.Spec.of(DOMAINS, TOKENS, SHARPNESS)
                  .withSequences(sequences, config.training().sequence() + 1)
                  .withSeed(seed))
          .write(corpus, false, new HeldOut(HELD_OUT, seed));
    }
    RunConfig there =
        new RunConfig(
            seed,
            new DataSpec(new FileSource(corpus.toString()), HELD_OUT),
            config.model(),
            config.training());
    Outcome found = RunTrial.of(there).run(seed, folder, extensions, watch);
    Map<String, Double> measures = new LinkedHashMap<>(found.measures());
    Series nats = found.series().get(RunMeasures.NATS);
    if (nats != null) {
      double least = nats.values().stream().mapToDouble(v -> v).min().orElse(Double.NaN);
      measures.put(OVERFIT, nats.values().get(nats.values().size() - 1) - least);
    }
    return new Outcome(measures, found.series(), found.grids());
  }

  /** Same balance loss as in the other experiments. */
  public static LossTerm balance() {
    return new LossTerm(new SwitchBalance(), 0.01);
  }
}
