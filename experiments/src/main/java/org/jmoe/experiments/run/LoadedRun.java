package org.jmoe.experiments.run;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import org.jmoe.tensor.Seed;
import org.jmoe.transformer.LanguageModel;

/** A run that was trained before: its configuration and its model, as last saved. */
public final class LoadedRun implements AutoCloseable {
  private final RunConfig config;
  private final LanguageModel model;
  private final NDManager manager;

  private LoadedRun(RunConfig config, LanguageModel model, NDManager manager) {
    this.config = config;
    this.model = model;
    this.manager = manager;
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
    if (change.experts() != null) {
      throw new ConfigException(
          "experts are put into fewer bits where a published checkpoint is read; make one of %s by jmoe export"
              .formatted(folder));
    }
    RunConfig config = json.read(json.parse(directory.config()));
    NDManager manager = NDManager.newBaseManager();
    boolean loaded = false;
    try {
      LanguageModel model =
          change.of(config.spec(), json).build(Seed.of(config.seed()).child("model"));
      model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
      Checkpoint.loadLatest(model, directory.checkpoints(), manager, System.err::println)
          .orElseThrow(
              () ->
                  new ConfigException(
                      folder + " holds no saved model yet: training has not got that far"));
      loaded = true;
      return new LoadedRun(config, model, manager);
    } finally {
      if (!loaded) {
        manager.close();
      }
    }
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
