package org.jmoe.catalog.engine;

import java.nio.file.Path;
import org.jmoe.extension.Extensions;
import org.jmoe.training.StoppedException;

/** One training under one seed: a pure function of the seed. */
public interface Trial {
  /**
   * Trains and measures. All that is random comes from the seed and the same names in every arm, so
   * that arms share the order of the data and the initial weights of the parts they share.
   *
   * @param folder of this trial's files; it may hold what a broken attempt left
   * @param extensions whose routers, losses and other types its runs may use
   * @param watch hears how far it got and may ask to stop
   * @throws StoppedException when it was asked to stop
   */
  Outcome run(long seed, Path folder, Extensions extensions, Watch watch);
}
