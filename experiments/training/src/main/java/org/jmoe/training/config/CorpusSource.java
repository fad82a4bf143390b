package org.jmoe.training.config;

import java.nio.file.Path;
import org.jmoe.io.Progress;

/** Where a run's tokens come from: a value, as it stands in run.json. */
public interface CorpusSource {
  /**
   * The token file or folder, built first where it has to be.
   *
   * @param progress hears of the bytes read while building
   */
  Path locate(Progress progress);

  /** Bytes that building reads, for a progress bar; 0 where nothing is built. */
  default long bytes() {
    return 0;
  }
}
