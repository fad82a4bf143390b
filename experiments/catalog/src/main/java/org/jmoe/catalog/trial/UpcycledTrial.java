package org.jmoe.catalog.trial;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import com.google.common.collect.ImmutableList;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jmoe.catalog.engine.Outcome;
import org.jmoe.catalog.engine.Series;
import org.jmoe.catalog.engine.Trial;
import org.jmoe.catalog.engine.TrialListener;
import org.jmoe.extension.Extensions;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Seed;
import org.jmoe.training.config.InitSpec;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.config.UpcycledWeights;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.run.LoadedRun;
import org.jmoe.transformer.LanguageModel;

/**
 * Trains a dense model, upcycles its feed-forwards into experts and continues training on other
 * text.
 *
 * @param dense configuration of the dense run
 * @param sparse configuration of the upcycled run
 */
public record UpcycledTrial(RunConfig dense, RunConfig sparse) implements Trial {
  /** Measure: nats of the dense model at the time of upcycling. */
  public static final String DENSE_NATS = "denseNats";

  /** Measure: maximum difference between the logits of the dense and the upcycled model. */
  public static final String DIFFERENCE = "logitDifference";

  /** Seed offset of the second run, so that it reads the text in another order. */
  public static final long SECOND = 1000;

  private static final double SHARE = 0.4; // approximate fraction of the trial's steps

  @Override
  public Outcome run(long seed, Path folder, Extensions extensions, TrialListener watch) {
    Path first = folder.resolve("dense");
    Path second = folder.resolve("sparse");
    if (!Files.exists(new RunDirectory(first).summary())) {
      RunTrial.of(dense).run(seed, first, extensions, part(watch, 0, SHARE));
    }
    Map<String, Double> found = new LinkedHashMap<>();
    RunConfig mixture;
    try (LoadedRun run = LoadedRun.open(first, new RunJson(extensions))) {
      UpcycledWeights weights = UpcycledWeights.of(run.file(), run.config().model());
      mixture = sparse.withSeed(seed + SECOND).withInit(new InitSpec(weights));
      found.put(DIFFERENCE, difference(run.model(), weights, mixture));
    }
    Outcome before = RunTrial.reading(dense.withSeed(seed), first);
    double nats = Objects.requireNonNull(before.measures().get(RunMeasures.NATS));
    Outcome after =
        RunTrial.of(mixture).run(seed + SECOND, second, extensions, part(watch, SHARE, 1));
    found.put(DENSE_NATS, nats);
    found.putAll(after.measures());
    Map<String, Series> series = new LinkedHashMap<>(after.series());
    series.computeIfPresent(RunMeasures.NATS, (name, s) -> withStart(s, nats));
    return new Outcome(found, series, after.grids());
  }

  private static Series withStart(Series series, double nats) {
    return new Series(
        prepend(0.0, series.tokens()),
        prepend(0.0, series.seconds()),
        prepend(nats, series.values()));
  }

  private static List<Double> prepend(double first, List<Double> rest) {
    return ImmutableList.<Double>builder().add(first).addAll(rest).build();
  }

  private static TrialListener part(TrialListener watch, double from, double to) {
    return new TrialListener() {
      @Override
      public void progress(double share, String state) {
        watch.progress(from + share * (to - from), state);
      }

      @Override
      public boolean shouldStop() {
        return watch.shouldStop();
      }
    };
  }

  /** Compares the logits on a batch of random bytes. */
  private static double difference(LanguageModel dense, UpcycledWeights weights, RunConfig config) {
    try (NDManager manager = NDManager.newBaseManager()) {
      LanguageModel model = config.model().build(Seed.of(config.seed()).child("model"));
      model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
      weights.load(model, manager);
      int length = config.training().sequence();
      long[] drawn =
          new SplittableRandom(1).longs(length, 0, config.model().vocabulary()).toArray();
      NDArray ids = manager.create(drawn, new Shape(1, length)); // (1, S)
      List<float[]> both = new ArrayList<>();
      for (LanguageModel each : List.of(dense, model)) {
        RecordingStore store = new RecordingStore(new ParameterStore(manager, false), Seed.of(0));
        both.add(
            NoGrad.get(() -> each.logits(store, ids, null, null, false)).toFloatArray()); // (S V)
      }
      double most = 0;
      for (int i = 0; i < both.get(0).length; i++) {
        most = Math.max(most, Math.abs(both.get(0)[i] - both.get(1)[i]));
      }
      return most;
    }
  }
}
