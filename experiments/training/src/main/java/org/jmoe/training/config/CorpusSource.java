package org.jmoe.training.config;

import java.nio.file.Path;
import org.jmoe.io.Progress;

/** Source of a run's tokens, as specified in run.json. */
public interface CorpusSource {
  /**
   * Returns the token file or folder, after building it if necessary.
   *
   * @param progress receives the number of bytes read while building
   */
  Path locate(Progress progress);

  /** Returns the number of bytes read while building, for progress bars; 0 if nothing is built. */
  default long bytes() {
    return 0;
  }
}
