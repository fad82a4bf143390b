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

/** A folder that holds a model, before it is opened: a run, or a published checkpoint. */
public sealed interface ModelFolder {
  /** Where it is. */
  Path path();

  /** The model's settings; its weights need not be there. */
  ModelSpec model();

  /** Opens the model with some of its settings changed. */
  OpenedModel open(ModelChange change);

  /** The weights that a run would start from; of a run, those of its newest checkpoint. */
  InitialWeights weights();

  /**
   * A run, which has a {@code run.json}.
   *
   * @param json reads its configuration
   */
  record Trained(Path path, RunJson json) implements ModelFolder {
    /** How it was trained. */
    public RunConfig config() {
      return new RunDirectory(path).configuration(json);
    }

    @Override
    public ModelSpec model() {
      return config().model();
    }

    /**
     * The parameters of its newest checkpoint.
     *
     * @throws ConfigException when there is none yet
     */
    public Path file() {
      return Checkpoint.latest(path.resolve("checkpoints"))
          .orElseThrow(
              () ->
                  new ConfigException(path + " contains no checkpoint yet; train the run further"));
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
   * A published checkpoint, which has a {@code config.json}.
   *
   * @param extensions that contribute its family
   */
  record Published(Path path, Extensions extensions) implements ModelFolder {
    /** The families that its own is found among. */
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
   * What a folder holds.
   *
   * @throws ConfigException when it is neither a run nor a published checkpoint
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
                : " does not exist"));
  }

  /**
   * A folder that must hold a run.
   *
   * @throws ConfigException when it does not
   */
  static Trained trained(Path path, RunJson json) {
    if (of(path, json) instanceof Trained trained) {
      return trained;
    }
    throw new ConfigException(path + " is a published checkpoint; name the folder of a run");
  }

  /**
   * A folder that must hold a published checkpoint.
   *
   * @throws ConfigException when it does not
   */
  static Published published(Path path, RunJson json) {
    if (of(path, json) instanceof Published published) {
      return published;
    }
    throw new ConfigException(
        "%s is a run; write it as a published checkpoint first: jmoe export %s TARGET"
            .formatted(path, path));
  }
}
