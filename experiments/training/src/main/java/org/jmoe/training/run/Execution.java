package org.jmoe.training.run;

import java.util.function.BooleanSupplier;
import org.jmoe.io.Progress;
import org.jmoe.training.DeviceLayout;

/**
 * Execution options of a run. They do not change its results, except that replicas with several
 * micro-batches each sum gradients in a different order.
 *
 * @param force whether to replace an existing run
 * @param acceptChanges whether to resume a run even if code, libraries, threads or data have
 *     changed
 * @param devices devices to train on
 * @param progress receives the number of bytes read while the corpus is built
 * @param stop checked after every step; if true, the run saves a checkpoint and stops
 */
public record Execution(
    boolean force,
    boolean acceptChanges,
    DeviceLayout devices,
    Progress progress,
    BooleanSupplier stop) {
  /** Returns the defaults: one device, no progress output, and no replacement of existing runs. */
  public static Execution plain() {
    return new Execution(false, false, DeviceLayout.standard(), Progress.none(), () -> false);
  }

  /** Returns a copy that may replace an existing run. */
  public Execution withForce(boolean other) {
    return new Execution(other, acceptChanges, devices, progress, stop);
  }

  /** Returns a copy that may resume with changed code, libraries, threads or data. */
  public Execution withAcceptChanges(boolean other) {
    return new Execution(force, other, devices, progress, stop);
  }

  /** Returns a copy with other devices. */
  public Execution withDevices(DeviceLayout other) {
    return new Execution(force, acceptChanges, other, progress, stop);
  }

  /** Returns a copy with a progress listener. */
  public Execution withProgress(Progress other) {
    return new Execution(force, acceptChanges, devices, other, stop);
  }

  /** Returns a copy with a stop condition. */
  public Execution withStop(BooleanSupplier other) {
    return new Execution(force, acceptChanges, devices, progress, other);
  }
}
