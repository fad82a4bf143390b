package org.jmoe.experiments.run;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import org.jmoe.experiments.checkpoint.CheckpointStore;
import org.jmoe.experiments.checkpoint.SavedCheckpoint;
import org.jmoe.transformer.LanguageModel;

/** A run that was trained before: its configuration and its model, as last saved. */
public final class LoadedRun implements AutoCloseable {
  private final RunDirectory directory;
  private final RunConfig config;
  private final LanguageModel model;
  private final NDManager manager;
  private long step;

  private LoadedRun(
      RunDirectory directory, RunConfig config, LanguageModel model, NDManager manager, long step) {
    this.directory = directory;
    this.config = config;
    this.model = model;
    this.manager = manager;
    this.step = step;
  }

  /**
   * Loads a run.
   *
   * @throws ConfigException when the folder is no run, or nothing was saved in it
   */
  public static LoadedRun open(Path folder, RunJson json) {
    return open(folder, json, ModelChange.none());
  }

  /** Loads a run with a change of its routing. */
  public static LoadedRun open(Path folder, RunJson json, ModelChange change) {
    RunDirectory directory = RunDirectory.open(folder);
    if (change.experts() != null || change.half()) {
      throw new ConfigException(
          "weights are put into fewer bits where a published checkpoint is read; make one of %s by jmoe export"
              .formatted(folder));
    }
    RunConfig config = json.read(json.parse(directory.config()));
    NDManager manager = NDManager.newBaseManager();
    boolean loaded = false;
    try {
      LanguageModel model =
          change.of(config.heldModel(), json).build(config.modelSeed(), config.lowRank());
      model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
      long step =
          Checkpoint.loadLatest(model, directory.checkpoints(), manager, System.err::println)
              .orElseThrow(
                  () ->
                      new ConfigException(
                          folder + " holds no saved model yet: training has not got that far"));
      loaded = true;
      return new LoadedRun(directory, config, model, manager, step);
    } finally {
      if (!loaded) {
        manager.close();
      }
    }
  }

  /** The step of the model that is loaded. */
  public long step() {
    return step;
  }

  /** The steps of which there is a checkpoint, ascending. */
  public ImmutableList<Long> steps() {
    return store().all().stream()
        .map(SavedCheckpoint::step)
        .sorted()
        .collect(ImmutableList.toImmutableList());
  }

  /**
   * Loads the model of another step.
   *
   * @throws ConfigException when there is no checkpoint of that step
   * @throws org.jmoe.experiments.checkpoint.CheckpointException when it is broken; the model is
   *     then as it was
   */
  public void use(long wanted) {
    SavedCheckpoint found = find(wanted);
    found.verify();
    Checkpoint.load(model, found.file(Checkpoint.MODEL), manager);
    step = wanted;
  }

  /**
   * Loads the model of least held-out loss among those saved.
   *
   * @throws ConfigException when none of them was measured
   */
  public void useBest() {
    use(
        RunCheckpoints.best(store())
            .orElseThrow(
                () ->
                    new ConfigException(
                        directory.path()
                            + " has no checkpoint with a held-out loss; name a step")));
  }

  /** The file of the parameters that are loaded. */
  Path file() {
    return find(step).file(Checkpoint.MODEL);
  }

  private SavedCheckpoint find(long wanted) {
    return store().all().stream()
        .filter(c -> c.step() == wanted)
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigException(
                    "%s has no checkpoint of step %d; there are %s"
                        .formatted(directory.path(), wanted, steps())));
  }

  private CheckpointStore store() {
    return new CheckpointStore(directory.checkpoints());
  }

  /** What ran. */
  public RunConfig config() {
    return config;
  }

  /** The trained model. */
  public LanguageModel model() {
    return model;
  }

  /** Owns the model's parameters. */
  public NDManager manager() {
    return manager;
  }

  @Override
  public void close() {
    manager.close();
  }
}
