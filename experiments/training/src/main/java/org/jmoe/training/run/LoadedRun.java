package org.jmoe.training.run;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Path;
import java.util.Optional;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.formats.TokenFormats;
import org.jmoe.data.tokenizer.TextTokenizer;
import org.jmoe.io.Progress;
import org.jmoe.training.TrainingSpec;
import org.jmoe.training.checkpoint.Checkpoint;
import org.jmoe.training.checkpoint.CheckpointStore;
import org.jmoe.training.checkpoint.SavedCheckpoint;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.ModelChange;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.EvaluatedRows;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.results.TrainedRows;
import org.jmoe.transformer.LanguageModel;
import org.jspecify.annotations.Nullable;

/** A trained run: its configuration and its model, loaded from the newest checkpoint. */
public final class LoadedRun implements OpenedModel {
  private static final int BYTES = 256;

  private final RunDirectory directory;
  private final RunConfig config;
  private final TokenFormats formats;
  private final LanguageModel model;
  private final NDManager manager;
  private long step;

  private LoadedRun(
      RunDirectory directory,
      RunConfig config,
      TokenFormats formats,
      LanguageModel model,
      NDManager manager,
      long step) {
    this.directory = directory;
    this.config = config;
    this.formats = formats;
    this.model = model;
    this.manager = manager;
    this.step = step;
  }

  /**
   * Loads a run.
   *
   * @throws ConfigException if the folder is not a run or has no checkpoint
   */
  public static LoadedRun open(Path folder, RunJson json) {
    return open(folder, json, ModelChange.none());
  }

  /** Loads a run with changes to its model. */
  public static LoadedRun open(Path folder, RunJson json, ModelChange change) {
    RunDirectory directory = RunDirectory.open(folder);
    if (change.experts() != null || change.half()) {
      throw new ConfigException(
          "weights can only be quantised while reading a published checkpoint; create one from %s with jmoe export"
              .formatted(folder));
    }
    RunConfig config = directory.configuration(json);
    NDManager manager = NDManager.newBaseManager();
    boolean loaded = false;
    try {
      if (!manager.getDevice().isGpu()) {
        MemoryRequirement.requireLoaded(folder, config.model());
      }
      LanguageModel model =
          change.of(config.effectiveModel()).build(config.modelSeed(), config.lowRank());
      model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
      long step =
          Checkpoint.loadLatest(model, directory.checkpoints(), manager, System.err::println)
              .orElseThrow(
                  () ->
                      new ConfigException(
                          folder + " contains no checkpoint yet; train the run further"));
      loaded = true;
      TokenFormats formats = TokenFormats.of(json.extensions());
      return new LoadedRun(directory, config, formats, model, manager, step);
    } finally {
      if (!loaded) {
        manager.close();
      }
    }
  }

  @Override
  public Path folder() {
    return directory.path();
  }

  /**
   * Returns the tokenizer of the published checkpoint that the run started from, or that of its
   * data, or bytes for a vocabulary of 256.
   */
  @Override
  public Optional<String> tokenizer() {
    if (config.init() != null && config.init().weights().architecture() != null) {
      return config.init().weights().tokenizer().map(Path::toString);
    }
    Optional<String> ofData = config.data().source().tokenizer();
    if (ofData.isPresent()) {
      return ofData;
    }
    boolean bytes = config.model().vocabulary() == BYTES;
    return bytes ? Optional.of(TextTokenizer.BYTES) : Optional.empty();
  }

  /** Those of the published checkpoint that the run started from. */
  @Override
  public ImmutableSet<Integer> endTokens() {
    return config.init() == null ? ImmutableSet.of() : config.init().weights().endTokens();
  }

  @Override
  public EvaluationSpec evaluation(@Nullable TokenData other) {
    TrainingSpec training = config.training();
    TokenData data = other == null ? config.data().source().open(formats, Progress.none()) : other;
    return new EvaluationSpec(
        data,
        other == null
            ? new EvaluatedRows.HeldOut(config.data().validation(), config.seed())
            : new EvaluatedRows.All(),
        training.sequence(),
        training.batch(),
        other == null ? training.finalBatches() : Long.MAX_VALUE);
  }

  @Override
  public TrainedRows trainedOn() {
    return TrainedRows.ofRun(directory, config.data().validation(), config.seed());
  }

  @Override
  public long step() {
    return step;
  }

  @Override
  public ImmutableList<Long> steps() {
    return store().all().stream()
        .map(SavedCheckpoint::step)
        .sorted()
        .collect(ImmutableList.toImmutableList());
  }

  @Override
  public void use(long wanted) {
    SavedCheckpoint found = find(wanted);
    found.verify();
    Checkpoint.load(model, found.file(Checkpoint.MODEL), manager);
    step = wanted;
  }

  @Override
  public void useBest() {
    use(
        RunCheckpoints.best(store())
            .orElseThrow(
                () ->
                    new ConfigException(
                        directory.path()
                            + " has no checkpoint with a held-out loss; specify a step")));
  }

  @Override
  public void useEma() {
    if (config.training().ema() == 0) {
      OpenedModel.super.useEma();
    }
    SavedCheckpoint found = find(step);
    found.verify();
    Checkpoint.load(model, found.file(RunCheckpoints.EMA), manager);
  }

  /** Returns the file that the parameters were loaded from. */
  public Path file() {
    return find(step).file(Checkpoint.MODEL);
  }

  private SavedCheckpoint find(long wanted) {
    return store().all().stream()
        .filter(c -> c.step() == wanted)
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigException(
                    "%s has no checkpoint of step %d; available steps are %s"
                        .formatted(directory.path(), wanted, steps())));
  }

  private CheckpointStore store() {
    return new CheckpointStore(directory.checkpoints());
  }

  /** Returns the configuration. */
  public RunConfig config() {
    return config;
  }

  @Override
  public LanguageModel model() {
    return model;
  }

  @Override
  public NDManager manager() {
    return manager;
  }

  @Override
  public void close() {
    manager.close();
  }
}
