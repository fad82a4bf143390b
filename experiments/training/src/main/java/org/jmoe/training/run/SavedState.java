package org.jmoe.training.run;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.jmoe.io.DataFormatException;
import org.jmoe.training.TrainingState;

/** Reads and writes {@code state.json}, where training stood at a checkpoint. */
final class SavedState {
  static final String NAME = "state.json";

  private static final ObjectMapper STRICT =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(4)
                          .maxDocumentLength(1 << 16)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .build();

  private SavedState() {}

  static byte[] json(TrainingState state) throws IOException {
    return STRICT.writeValueAsBytes(state);
  }

  static TrainingState read(Path file) {
    try {
      TrainingState state = STRICT.readValue(file.toFile(), TrainingState.class);
      if (state == null) {
        throw new DataFormatException(file, "is no state of training: it holds null");
      }
      return state;
    } catch (IOException e) {
      throw new DataFormatException(file, "is no state of training: " + e.getMessage(), e);
    }
  }
}
