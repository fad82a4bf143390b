package org.jmoe.experiments.run;

import java.util.function.BooleanSupplier;
import org.jmoe.experiments.data.Progress;

/**
 * How a run is carried out; nothing here changes its numbers.
 *
 * @param force whether a run that is there may be replaced
 * @param acceptChanges whether an unfinished run may go on with other code, libraries, threads or
 *     data than it began with
 * @param progress hears of the bytes read when the corpus is built first
 * @param stop asked after every step whether to save and stop
 */
public record Execution(
    boolean force, boolean acceptChanges, Progress progress, BooleanSupplier stop) {
  /** In silence, into a new folder or one with the same run unfinished. */
  public static Execution plain() {
    return new Execution(false, false, Progress.none(), () -> false);
  }

  /** The same, where a run that is there may be replaced. */
  public Execution withForce(boolean other) {
    return new Execution(other, acceptChanges, progress, stop);
  }

  /** The same, where the run may go on with other code, libraries, threads or data. */
  public Execution withAcceptChanges(boolean other) {
    return new Execution(force, other, progress, stop);
  }

  /** The same with somebody who hears of the building of the corpus. */
  public Execution withProgress(Progress other) {
    return new Execution(force, acceptChanges, other, stop);
  }

  /** The same with somebody who may ask to stop. */
  public Execution withStop(BooleanSupplier other) {
    return new Execution(force, acceptChanges, progress, other);
  }
}
