package org.jmoe.training.log;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.jmoe.training.TrainingListener;

/** Writes TensorBoard event files to the run's folder {@code tensorboard}. */
public final class TensorBoardLogger implements RunLogger {
  @Override
  public String name() {
    return "tensorboard";
  }

  @Override
  public TrainingListener open(Path run, JsonNode config) {
    return new TensorBoardLog(run.resolve("tensorboard"));
  }
}
