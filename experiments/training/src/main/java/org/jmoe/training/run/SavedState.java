package org.jmoe.training.run;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Json;
import org.jmoe.io.JsonFiles;
import org.jmoe.training.TrainingState;

/** Reads and writes {@code state.json}, the training progress of a checkpoint. */
final class SavedState {
  static final String NAME = "state.json";

  private static final ObjectMapper MAPPER = Json.plain();

  private SavedState() {}

  static byte[] json(TrainingState state) throws IOException {
    return MAPPER.writeValueAsBytes(state);
  }

  /**
   * Reads the training state.
   *
   * @throws DataFormatException if the file is malformed
   */
  static TrainingState read(Path file) {
    return JsonFiles.read(file, TrainingState.class);
  }
}
