package org.jmoe.training.log;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.jmoe.extension.Named;
import org.jmoe.training.TrainingListener;

/**
 * Sends the numbers of a training run to another tool; {@code jmoe train --log NAME} selects it. An
 * extension adds one by {@code to.value(RunLogger.class, new MyLogger())}.
 */
public interface RunLogger extends Named {
  /**
   * Opens a log for a run that is about to start or to resume. The listener connects to its tool,
   * or writes its first file, in {@link TrainingListener#stepped} or later, because a run may still
   * fail before its first step; {@link TrainingListener#started} says where a resumed run
   * continues. If the listener throws, the run warns and continues without it.
   *
   * @param run folder of the run
   * @param config contents of {@code run.json}
   */
  TrainingListener open(Path run, JsonNode config);
}
