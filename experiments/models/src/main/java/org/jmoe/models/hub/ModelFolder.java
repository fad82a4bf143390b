package org.jmoe.models.hub;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jmoe.extension.Extensions;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.ModelFamilies;
import org.jmoe.training.checkpoint.Checkpoint;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.InitSpec;
import org.jmoe.training.config.InitialWeights;
import org.jmoe.training.config.ModelChange;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.config.RunWeights;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.run.LoadedRun;
import org.jmoe.training.run.OpenedModel;
import org.jmoe.transformer.ModelSpec;

/** A folder with a model that has not been opened yet: a run or a published checkpoint. */
public sealed interface ModelFolder {
  /** Returns the path of the folder. */
  Path path();

  /** Returns the settings of the model; the weights need not exist. */
  ModelSpec model();

  /** Opens the model with some of its settings changed. */
  OpenedModel open(ModelChange change);

  /** Returns the weights for a new run: those of the latest checkpoint if this is a run. */
  InitialWeights weights();

  /**
   * A run, identified by its {@code run.json}.
   *
   * @param path path of the folder
   * @param json reader of its configuration
   */
  record Trained(Path path, RunJson json) implements ModelFolder {
    /** Returns the configuration that it was trained with. */
    public RunConfig config() {
      return new RunDirectory(path).configuration(json);
    }

    @Override
    public ModelSpec model() {
      return config().model();
    }

    /**
     * Returns the parameter file of its latest checkpoint.
     *
     * @throws ConfigException if the run has no checkpoint yet
     */
    public Path file() {
      return Checkpoint.latest(path.resolve("checkpoints"))
          .orElseThrow(
              () ->
                  new ConfigException(
                      path + " contains no checkpoint yet; continue the training first"));
    }

    @Override
    public OpenedModel open(ModelChange change) {
      return LoadedRun.open(path, json, change);
    }

    @Override
    public InitialWeights weights() {
      InitSpec init = config().init();
      return init != null && init.weights().architecture() != null
          ? init.weights().savedIn(file())
          : RunWeights.of(file());
    }
  }

  /**
   * A published checkpoint, identified by its {@code config.json}.
   *
   * @param path path of the folder
   * @param extensions the extensions that include its family
   */
  record Published(Path path, Extensions extensions) implements ModelFolder {
    /** Returns the families of the extensions. */
    public ModelFamilies families() {
      return ModelFamilies.of(extensions);
    }

    @Override
    public ModelSpec model() {
      return families().plan(HubConfig.open(path)).spec();
    }

    @Override
    public HubModel open(ModelChange change) {
      return HubModel.open(path, change, families());
    }

    @Override
    public InitialWeights weights() {
      return HubWeights.of(path, extensions);
    }
  }

  /**
   * Returns the run or published checkpoint in a folder.
   *
   * @throws ConfigException if it is neither a run nor a published checkpoint
   */
  static ModelFolder of(Path path, RunJson json) {
    if (Files.isRegularFile(path.resolve("run.json"))) {
      return new Trained(path, json);
    }
    if (Files.isRegularFile(path.resolve("config.json"))) {
      return new Published(path, json.extensions());
    }
    throw new ConfigException(
        path
            + (Files.isDirectory(path)
                ? " is neither a run nor a published checkpoint: it has no run.json and no"
                    + " config.json"
                : Files.exists(path)
                    ? " is not a folder; give the folder of a run or checkpoint"
                    : " does not exist"));
  }

  /**
   * Returns a folder that must contain a run.
   *
   * @throws ConfigException if it does not
   */
  static Trained trained(Path path, RunJson json) {
    if (of(path, json) instanceof Trained trained) {
      return trained;
    }
    throw new ConfigException(path + " is a published checkpoint; use the folder of a run");
  }

  /**
   * Returns a folder that must contain a published checkpoint.
   *
   * @throws ConfigException if it does not
   */
  static Published published(Path path, RunJson json) {
    if (of(path, json) instanceof Published published) {
      return published;
    }
    throw new ConfigException(
        "%s is a run; export it as a published checkpoint first: jmoe export %s TARGET"
            .formatted(path, path));
  }
}
