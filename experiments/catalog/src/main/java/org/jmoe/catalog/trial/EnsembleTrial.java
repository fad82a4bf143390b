package org.jmoe.catalog.trial;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.catalog.engine.Outcome;
import org.jmoe.catalog.engine.Trial;
import org.jmoe.catalog.engine.TrialListener;
import org.jmoe.data.batch.Batch;
import org.jmoe.data.batch.Batches;
import org.jmoe.data.batch.Packing;
import org.jmoe.data.corpus.TokenCorpus;
import org.jmoe.data.formats.TokenFormats;
import org.jmoe.extension.Extensions;
import org.jmoe.io.OffHeap;
import org.jmoe.io.Progress;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.tensor.TransformerOps;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.run.LoadedRun;

/**
 * Trains several models independently and evaluates the average of their probabilities on held-out
 * text.
 *
 * @param config configuration of each member; their seeds are 1000 apart
 * @param members number of members
 */
public record EnsembleTrial(RunConfig config, int members) implements Trial {
  /** Measure: mean held-out nats of the individual members. */
  public static final String MEMBER = "memberNats";

  private static final long APART = 1000;

  @Override
  public Outcome run(long seed, Path folder, Extensions extensions, TrialListener watch) {
    double alone = 0;
    for (int m = 0; m < members; m++) {
      Path place = folder.resolve("member-" + m);
      if (!Files.exists(new RunDirectory(place).summary())) {
        RunTrial.of(config).run(seed + m * APART, place, extensions, watch);
      }
      alone +=
          RunTrial.reading(config, place).measures().getOrDefault(RunMeasures.NATS, Double.NaN)
              / members;
    }
    Map<String, Double> measures = new LinkedHashMap<>();
    measures.put(RunMeasures.NATS, together(folder, new RunJson(extensions)));
    measures.put(MEMBER, alone);
    measures.put(RunMeasures.ACTIVE, (double) members * config.model().activeParameters());
    measures.put(RunMeasures.PARAMETERS, (double) members * config.model().parameters());
    return Outcome.of(measures);
  }

  /** Returns the nats of the averaged probabilities, over the data of each member's evaluation. */
  private double together(Path folder, RunJson json) {
    List<LoadedRun> runs = new ArrayList<>();
    try (BufferAllocator allocator = OffHeap.allocator();
        TokenCorpus corpus =
            TokenCorpus.load(
                config.data().source().open(TokenFormats.of(json.extensions()), Progress.none()),
                allocator)) {
      for (int m = 0; m < members; m++) {
        runs.add(LoadedRun.open(folder.resolve("member-" + m), json));
      }
      Packing held =
          Packing.of(
              corpus.split(config.data().validation(), config.seed()).validation(),
              config.training().sequence());
      Batches batches = Batches.sequential(held, config.training().batch(), allocator);
      long count = Math.min(config.training().finalBatches(), batches.perPass());
      double sum = 0;
      long tokens = 0;
      for (long i = 0; i < count; i++) {
        try (Batch batch = batches.ofPass(i * batches.perPass() / count);
            NDManager scope = runs.get(0).manager().newSubManager()) {
          sum += NoGrad.get(() -> Ops.sum(nats(runs, batch, scope)));
          tokens += batch.targets();
        }
      }
      return sum / tokens;
    } finally {
      runs.forEach(LoadedRun::close);
    }
  }

  /** (T). */
  private static NDArray nats(List<LoadedRun> runs, Batch batch, NDManager scope) {
    NDArray sum = null; // (T, V)
    for (LoadedRun run : runs) {
      RecordingStore store =
          new RecordingStore(new ParameterStore(scope, false), Seed.of(0))
              .withSeparator(batch.separator());
      NDArray logits =
          run.model()
              .logits(store, batch.inputs(scope), null, null, false)
              .reshape(batch.tokens(), run.model().spec().vocabulary()); // (T, V)
      NDArray probs = Ops.softmax(logits); // (T, V)
      sum = sum == null ? probs : sum.add(probs);
    }
    NDArray mean = Ops.scale(Objects.requireNonNull(sum), 1.0 / runs.size()); // (T, V)
    return TransformerOps.crossEntropy(
        mean.log(), batch.targets(scope).reshape(batch.tokens())); // (T)
  }
}
