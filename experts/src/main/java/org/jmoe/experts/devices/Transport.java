package org.jmoe.experts.devices;

import ai.djl.ndarray.NDArray;
import org.jmoe.tensor.NamedDevice;
import org.jmoe.tensor.Ops;

/** How rows travel from device to device. */
@FunctionalInterface
public interface Transport {
  /**
   * A copy of rows elsewhere; their gradient travels back the same way.
   *
   * @param rows (N, D) or (E', C, D)
   * @param there any array of the device that they go to
   * @param device its name
   */
  NDArray copy(NDArray rows, NDArray there, NamedDevice device);

  /** Copies by the engine, from memory to memory where the devices can. */
  static Transport direct() {
    return (rows, there, device) -> Ops.copyTo(rows, there);
  }
}
