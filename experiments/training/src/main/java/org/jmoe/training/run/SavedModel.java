package org.jmoe.training.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.jmoe.training.checkpoint.Checkpoint;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.transformer.LanguageModel;

/** Writes a model that was not trained by a run in the format of a run. */
public final class SavedModel {
  private SavedModel() {}

  /**
   * Writes {@code run.json} and a checkpoint of step 0.
   *
   * @throws ConfigException if the folder exists
   */
  public static void write(Path folder, RunConfig config, RunJson json, LanguageModel model) {
    RunDirectory directory = RunDirectory.create(folder);
    boolean written = false;
    try {
      Checkpoint.save(model, directory.checkpoints(), 0);
      RunDirectory.writeText(directory.config(), json.text(json.write(config)));
      written = true;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + directory.config(), e);
    } finally {
      if (!written) {
        directory.delete();
      }
    }
  }
}
