package org.jmoe.experts.devices;

import ai.djl.ndarray.NDArray;
import org.jmoe.device.NamedDevice;
import org.jmoe.tensor.Ops;

/** Transfer of rows between devices. */
@FunctionalInterface
public interface Transport {
  /**
   * Copies rows to another device; gradients flow back the same way.
   *
   * @param rows (N, D) or (E', C, D)
   * @param anchor any array on the target device
   * @param device the target device
   */
  NDArray copy(NDArray rows, NDArray anchor, NamedDevice device);

  /** Returns a transport that copies with the engine, directly between devices where possible. */
  static Transport direct() {
    return (rows, anchor, device) -> Ops.copyTo(rows, anchor);
  }
}
