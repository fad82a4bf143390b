package org.jmoe.catalog.engine;

import java.nio.file.Path;
import org.jmoe.extension.Extensions;
import org.jmoe.training.StoppedException;

/** One training run with one seed: a pure function of the seed. */
public interface Trial {
  /**
   * Trains and measures. All randomness derives from the seed and from names common to all arms, so
   * arms share the data order and the initial weights of the parts they have in common.
   *
   * @param folder folder of this trial; may hold the files of an interrupted attempt
   * @param extensions extensions whose routers, losses and other types its runs may use
   * @param watch receives progress and may request a stop
   * @throws StoppedException if asked to stop
   */
  Outcome run(long seed, Path folder, Extensions extensions, TrialListener watch);
}
