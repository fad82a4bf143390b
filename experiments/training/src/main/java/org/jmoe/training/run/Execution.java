package org.jmoe.training.run;

import java.util.function.BooleanSupplier;
import org.jmoe.io.Progress;
import org.jmoe.training.DeviceLayout;

/**
 * How a run is carried out; nothing here changes its numbers, but that copies of the model which
 * take several micro-batches each add up their gradients in another order.
 *
 * @param force whether a run that is there may be replaced
 * @param acceptChanges whether an unfinished run may go on with other code, libraries, threads or
 *     data than it began with
 * @param devices that it computes on
 * @param progress hears of the bytes read when the corpus is built first
 * @param stop asked after every step whether to save and stop
 */
public record Execution(
    boolean force,
    boolean acceptChanges,
    DeviceLayout devices,
    Progress progress,
    BooleanSupplier stop) {
  /** In silence, on one device, into a new folder or one with the same run unfinished. */
  public static Execution plain() {
    return new Execution(false, false, DeviceLayout.standard(), Progress.none(), () -> false);
  }

  /** The same, where a run that is there may be replaced. */
  public Execution withForce(boolean other) {
    return new Execution(other, acceptChanges, devices, progress, stop);
  }

  /** The same, where the run may go on with other code, libraries, threads or data. */
  public Execution withAcceptChanges(boolean other) {
    return new Execution(force, other, devices, progress, stop);
  }

  /** The same on other devices. */
  public Execution withDevices(DeviceLayout other) {
    return new Execution(force, acceptChanges, other, progress, stop);
  }

  /** The same with somebody who hears of the building of the corpus. */
  public Execution withProgress(Progress other) {
    return new Execution(force, acceptChanges, devices, other, stop);
  }

  /** The same with somebody who may ask to stop. */
  public Execution withStop(BooleanSupplier other) {
    return new Execution(force, acceptChanges, devices, progress, other);
  }
}
