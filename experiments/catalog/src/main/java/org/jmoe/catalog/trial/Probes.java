package org.jmoe.catalog.trial;

import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.catalog.engine.Probe;
import org.jmoe.data.batch.Batch;
import org.jmoe.data.batch.Batches;
import org.jmoe.data.batch.Packing;
import org.jmoe.data.corpus.TokenCorpus;
import org.jmoe.data.formats.TokenFormats;
import org.jmoe.io.OffHeap;
import org.jmoe.io.Progress;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.NoGrad;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.LoadedRun;

/** Runs probes over the held-out batches of a finished run, spread evenly over the data. */
final class Probes {
  private static final int BATCHES = 32;

  private Probes() {}

  static Map<String, Double> of(Path folder, RunJson json, List<Probe> probes) {
    try (LoadedRun run = LoadedRun.open(folder, json);
        BufferAllocator allocator = OffHeap.allocator();
        TokenCorpus corpus =
            TokenCorpus.load(
                run.config()
                    .data()
                    .source()
                    .open(TokenFormats.of(json.extensions()), Progress.none()),
                allocator)) {
      RunConfig config = run.config();
      Packing held =
          Packing.of(
              corpus.split(config.data().validation(), config.seed()).validation(),
              config.training().sequence());
      Batches batches = Batches.sequential(held, config.training().batch(), allocator);
      long count = Math.min(BATCHES, batches.perPass());
      for (long i = 0; i < count; i++) {
        long number = i * batches.perPass() / count;
        try (Batch batch = batches.ofPass(number);
            NDManager scope = run.manager().newSubManager()) {
          RecordingStore recording =
              RecordingStore.ofBatch(new ParameterStore(scope, false), number)
                  .withSeparator(batch.separator());
          NoGrad.get(() -> run.model().logits(recording, batch.inputs(scope), null, null, false));
          probes.forEach(p -> p.see(recording.signals()));
        }
      }
    }
    Map<String, Double> all = new LinkedHashMap<>();
    probes.forEach(p -> all.putAll(p.measures()));
    return all;
  }
}
