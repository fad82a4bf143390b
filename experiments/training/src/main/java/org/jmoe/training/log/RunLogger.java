package org.jmoe.training.log;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.jmoe.extension.Named;
import org.jmoe.training.TrainingListener;

/**
 * Logs training metrics to another tool; {@code jmoe train --log NAME} selects a logger. An
 * extension registers one with {@code to.value(RunLogger.class, new MyLogger())}.
 */
public interface RunLogger extends Named {
  /**
   * Opens a log for a run that is about to start or resume. The listener should not connect to its
   * tool or write files before {@link TrainingListener#stepped}, because a run may fail before its
   * first step; {@link TrainingListener#started} receives the step at which a resumed run
   * continues. If the listener throws, the run logs a warning and continues without it.
   *
   * @param run folder of the run
   * @param config contents of {@code run.json}
   */
  TrainingListener open(Path run, JsonNode config);
}
