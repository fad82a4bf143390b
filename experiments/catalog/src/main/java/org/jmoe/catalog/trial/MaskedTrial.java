package org.jmoe.catalog.trial;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.catalog.engine.Outcome;
import org.jmoe.catalog.engine.Series;
import org.jmoe.catalog.engine.Trial;
import org.jmoe.catalog.engine.TrialListener;
import org.jmoe.data.batch.Batch;
import org.jmoe.data.batch.Batches;
import org.jmoe.data.batch.Packing;
import org.jmoe.data.corpus.CorpusSplit;
import org.jmoe.data.corpus.TokenCorpus;
import org.jmoe.data.formats.TokenFormats;
import org.jmoe.extension.Extensions;
import org.jmoe.io.OffHeap;
import org.jmoe.io.Progress;
import org.jmoe.layer.LossTerm;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RecordingStore;
import org.jmoe.metrics.LoadReport;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.Gradients;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.tensor.TransformerOps;
import org.jmoe.training.StoppedException;
import org.jmoe.training.config.DefaultSource;
import org.jmoe.training.optimizer.AdamW;
import org.jmoe.training.optimizer.ModelOptimizer;
import org.jmoe.training.optimizer.Schedule;
import org.jmoe.training.optimizer.WarmupDecay;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.FeedForward;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.attention.GroupedAttention;

/**
 * Trains a bidirectional model to predict masked bytes, so a router may see all tokens without
 * leaking the targets.
 *
 * @param moe MoE layer used in both blocks
 * @param steps training steps
 */
public record MaskedTrial(MoeLayer.Spec moe, int steps) implements Trial {
  /** Measure: fraction of held-out tokens served by no expert. */
  public static final String UNSERVED = "unserved";

  /** Measure: fraction of held-out tokens served by more than two experts. */
  public static final String MANY = "moreThanTwo";

  private static final int BYTES = 256;
  private static final int MASK = BYTES;
  private static final int SEQUENCE = 128;
  private static final int BATCH = 8;
  private static final int HELD_OUT_BATCHES = 48;
  private static final int LOOK = 12; // evaluations during training
  private static final int FEW = 12; // batches per evaluation
  private static final double MASKED = 0.15;
  private static final double BALANCE = 0.01;
  private static final long HELD_OUT_SEED = 77; // the same masks for every arm and seed

  /** A masked batch: ids (B, S) and targets (T), -1 where not masked. */
  private record Masked(NDArray ids, NDArray targets, long count) {}

  @Override
  public Outcome run(long number, Path folder, Extensions extensions, TrialListener watch) {
    Seed seed = Seed.of(number);
    try (BufferAllocator allocator = OffHeap.allocator();
        TokenCorpus corpus =
            TokenCorpus.load(
                new DefaultSource().open(TokenFormats.standard(), Progress.none()), allocator);
        NDManager manager = NDManager.newBaseManager()) {
      CorpusSplit split = corpus.split(0.05, number);
      Batches batches =
          Batches.shuffled(
              Packing.of(split.train(), SEQUENCE), BATCH, seed.child("data").value(), allocator);
      Batches held = Batches.sequential(Packing.of(split.validation(), SEQUENCE), BATCH, allocator);
      LanguageModel model = spec().build(seed.child("model"));
      model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
      List<Double> tokens = new ArrayList<>();
      List<Double> seconds = new ArrayList<>();
      List<Double> nats = new ArrayList<>();
      long start = System.nanoTime();
      StepTimes times = new StepTimes();
      try (ModelOptimizer optimizer = new ModelOptimizer(AdamW.Spec.of(3e-3), model, manager)) {
        Schedule schedule = new WarmupDecay(WarmupDecay.Decay.COSINE, Math.max(1, steps / 20), 0.1);
        for (int step = 0; step < steps; step++) {
          long before = System.nanoTime();
          double rate = schedule.at(step, steps);
          double loss = step(model, batches, seed, step, optimizer, rate, manager);
          times.add(System.nanoTime() - before);
          watch.progress((step + 1.0) / steps, String.format(Locale.ROOT, "%.3f", loss));
          if (watch.shouldStop()) {
            throw new StoppedException(step + 1);
          }
          if ((step + 1) % Math.max(1, steps / LOOK) == 0) {
            tokens.add((step + 1.0) * BATCH * SEQUENCE);
            seconds.add((System.nanoTime() - start) / 1e9);
            nats.add(new HeldOut(model, held, manager).measure(FEW).get(RunMeasures.NATS));
          }
        }
      }
      Map<String, Double> measures =
          new LinkedHashMap<>(new HeldOut(model, held, manager).measure(HELD_OUT_BATCHES));
      measures.put(RunMeasures.SPEED, times.tokensPerSecond(BATCH * SEQUENCE));
      measures.put(RunMeasures.PARAMETERS, (double) spec().parameters());
      return new Outcome(
          measures, Map.of(RunMeasures.NATS, new Series(tokens, seconds, nats)), Map.of());
    }
  }

  private ModelSpec spec() {
    return ModelSpec.builder(BYTES + 1, SEQUENCE, TinyLanguage.DIM)
        .causal(false)
        .layers(
            TinyLanguage.LAYERS,
            DecoderBlock.Spec.dense(
                    GroupedAttention.Spec.of(4, 4),
                    new FeedForward.Spec(4 * TinyLanguage.DIM, Activation.RELU))
                .withMoe(moe))
        .build();
  }

  private static double step(
      LanguageModel model,
      Batches batches,
      Seed seed,
      int step,
      ModelOptimizer optimizer,
      double rate,
      NDManager manager) {
    try (Batch batch = batches.at(step);
        NDManager scope = manager.newSubManager()) {
      Masked masked = mask(batch, seed.child("mask").child(step).value(), scope);
      RecordingStore store =
          new RecordingStore(new ParameterStore(scope, false), seed.child("step").child(step));
      return Gradients.recording(
          () -> {
            NDArray logits = model.logits(store, masked.ids(), null, null, true); // (B, S, V)
            NDArray nats = // (T), 0 where not masked
                TransformerOps.crossEntropy(
                    logits.reshape(batch.tokens(), BYTES + 1), masked.targets());
            NDArray loss = Ops.scale(nats.sum(), 1.0 / masked.count()); // ()
            double mean = Ops.sum(loss);
            NDArray balance = // ()
                new LossTerm(new SwitchBalance(), BALANCE).of(store.signals().values());
            optimizer.step(rate, Gradients.of(scope, loss.add(balance), optimizer.trained()));
            return mean;
          });
    }
  }

  private static Masked mask(Batch batch, long seed, NDManager scope) {
    SplittableRandom random = new SplittableRandom(seed);
    long[] ids = new long[batch.tokens()];
    long[] targets = new long[batch.tokens()];
    long count = 0;
    for (int t = 0; t < ids.length; t++) {
      boolean hidden = random.nextDouble() < MASKED;
      ids[t] = hidden ? MASK : batch.input(t);
      targets[t] = hidden ? batch.input(t) : -1;
      count += hidden ? 1 : 0;
    }
    return new Masked(
        scope.create(ids, new Shape(batch.size(), batch.sequenceLength())),
        scope.create(targets, new Shape(targets.length)),
        Math.max(1, count));
  }

  /** Evaluates on held-out text. */
  private record HeldOut(LanguageModel model, Batches batches, NDManager manager) {
    Map<String, Double> measure(int most) {
      double nats = 0;
      long masked = 0;
      Map<String, LoadReport> loads = new LinkedHashMap<>();
      long count = Math.min(most, batches.perPass());
      for (long i = 0; i < count; i++) {
        long number = i * batches.perPass() / count;
        try (Batch batch = batches.ofPass(number);
            NDManager scope = manager.newSubManager()) {
          Masked hidden = mask(batch, Seed.of(HELD_OUT_SEED).child(i).value(), scope);
          RecordingStore store = RecordingStore.ofBatch(new ParameterStore(scope, false), number);
          nats +=
              NoGrad.get(
                  () ->
                      Ops.sum(
                          TransformerOps.crossEntropy(
                              model
                                  .logits(store, hidden.ids(), null, null, false)
                                  .reshape(batch.tokens(), BYTES + 1),
                              hidden.targets())));
          masked += hidden.count();
          store
              .signals()
              .forEach(
                  (layer, signals) ->
                      loads.merge(layer, LoadReport.of(layer, signals), LoadReport::plus));
        }
      }
      Map<String, Double> measures = new LinkedHashMap<>();
      measures.put(RunMeasures.NATS, nats / masked);
      measures.put(RunMeasures.MAX_OVER_MEAN, mean(loads, LoadReport::maxOverMean));
      measures.put(RunMeasures.DROPPED, mean(loads, LoadReport::droppedShare));
      measures.put(UNSERVED, mean(loads, l -> 1 - l.servedByAtLeast(1)));
      measures.put(MANY, mean(loads, l -> l.servedByAtLeast(3)));
      return measures;
    }

    private static double mean(Map<String, LoadReport> loads, ToDoubleFunction<LoadReport> of) {
      return loads.values().stream().mapToDouble(of).average().orElse(0);
    }
  }
}
