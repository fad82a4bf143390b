package org.jmoe.training.run;

import ai.djl.ndarray.NDManager;
import com.google.common.primitives.ImmutableDoubleArray;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.data.batch.Batches;
import org.jmoe.data.batch.Packing;
import org.jmoe.data.batch.WindowOrder;
import org.jmoe.data.corpus.CorpusSplit;
import org.jmoe.data.corpus.TokenCorpus;
import org.jmoe.data.formats.TokenData;
import org.jmoe.io.OffHeap;
import org.jmoe.tensor.Seed;
import org.jmoe.training.DeviceLayout;
import org.jmoe.training.Distillation;
import org.jmoe.training.TrainingSpec;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.keys.Nearest;
import org.jmoe.training.evaluation.Evaluator;
import org.jmoe.transformer.LanguageModel;
import org.jspecify.annotations.Nullable;

/**
 * Data, model and evaluator of a run, built from its configuration.
 *
 * @param seed seed of the run
 * @param allocator allocator of the tokens
 * @param corpus all tokens
 * @param copies model replicas with initial weights
 * @param distillation distillation from a teacher; null for none
 * @param batches training batches
 * @param evaluator evaluator on held-out data
 */
record RunParts(
    Seed seed,
    BufferAllocator allocator,
    TokenCorpus corpus,
    ModelCopies copies,
    @Nullable Distillation distillation,
    Batches batches,
    Evaluator evaluator)
    implements AutoCloseable {

  /**
   * Loads the data and initializes the model.
   *
   * @throws ConfigException if data and model are inconsistent
   */
  static RunParts open(RunConfig config, TokenData data, DeviceLayout layout) {
    BufferAllocator allocator = OffHeap.allocator();
    @Nullable TokenCorpus corpus = null;
    @Nullable ModelCopies copies = null;
    boolean open = false;
    try {
      corpus = TokenCorpus.load(data, allocator);
      requireVocabulary(config, corpus, data);
      requireSeparator(config, corpus, data);
      copies = new ModelCopies(layout, config);
      RunParts parts = of(config, corpus, allocator, copies);
      open = true;
      return parts;
    } finally {
      if (!open) {
        if (copies != null) {
          copies.close();
        }
        if (corpus != null) {
          corpus.close();
        }
        allocator.close();
      }
    }
  }

  private static RunParts of(
      RunConfig config, TokenCorpus corpus, BufferAllocator allocator, ModelCopies copies) {
    TrainingSpec training = config.training();
    CorpusSplit split = corpus.split(config.data().validation(), config.seed());
    Packing train = Packing.of(split.train(), training.sequence());
    Packing heldOut = Packing.of(split.validation(), training.sequence());
    Seed seed = Seed.of(config.seed());
    LanguageModel model = copies.replicas().model(0);
    NDManager manager = copies.replicas().manager(0);
    if (config.init() != null) {
      config.init().weights().load(model, manager);
    }
    long order = seed.child("data").value();
    Batches sequential = Batches.sequential(heldOut, training.batch(), allocator);
    return new RunParts(
        seed,
        allocator,
        corpus,
        copies,
        config.teacher() == null ? null : config.teacher().load(manager),
        Batches.of(train, training.batch(), order(config, train, order), allocator),
        new Evaluator(model, manager, sequential, corpus.domains().size()));
  }

  private static WindowOrder order(RunConfig config, Packing train, long seed) {
    Map<String, Double> mix = config.data().mix();
    List<String> domains = train.corpus().domains();
    for (String name : mix.keySet()) {
      if (!domains.contains(name)) {
        throw new ConfigException(
            "data.mix has a share for '%s', which is no domain of the data%s; domains are %s"
                .formatted(name, Nearest.question(name, domains), String.join(", ", domains)));
      }
    }
    return mix.isEmpty()
        ? WindowOrder.shuffled(seed)
        : WindowOrder.mixed(
            train,
            ImmutableDoubleArray.copyOf(
                domains.stream().mapToDouble(name -> mix.getOrDefault(name, 0.0))),
            seed);
  }

  /** Returns the model; with several replicas, the first. */
  LanguageModel model() {
    return copies.replicas().model(0);
  }

  /** Returns the manager that owns the model's parameters. */
  NDManager manager() {
    return copies.replicas().manager(0);
  }

  private static void requireVocabulary(RunConfig config, TokenCorpus corpus, TokenData data) {
    if (corpus.vocabulary() > config.model().vocabulary()) {
      throw new ConfigException(
          "%s has token ids up to %d, outside model.vocabulary = %d; use --set model.vocabulary=%d"
              .formatted(
                  data.place(),
                  corpus.vocabulary() - 1,
                  config.model().vocabulary(),
                  corpus.vocabulary()));
    }
  }

  private static void requireSeparator(RunConfig config, TokenCorpus corpus, TokenData data) {
    if (config.model().documentMask() && corpus.separator().isEmpty()) {
      throw new ConfigException(
          "model.documentMask is true but %s has no separator that ends documents; specify the token that ends documents with --separator, or set model.documentMask to false"
              .formatted(data.place()));
    }
  }

  @Override
  public void close() {
    try {
      copies.close();
      corpus.close();
    } finally {
      allocator.close(); // last: it reports memory that was not freed
    }
  }
}
