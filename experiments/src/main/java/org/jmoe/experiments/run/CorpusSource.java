package org.jmoe.experiments.run;

import java.nio.file.Path;

/** Where a run's tokens come from: a value, as it stands in run.json. */
public interface CorpusSource {
  /** The token file or folder, built first where it has to be. */
  Path locate();
}
