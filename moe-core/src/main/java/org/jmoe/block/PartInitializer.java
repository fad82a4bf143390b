package org.jmoe.block;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.initializer.Initializer;
import com.google.common.primitives.ImmutableIntArray;
import org.jmoe.device.NamedDevice;
import org.jmoe.tensor.Ops;

/**
 * Initializes the rows of a stack owned by one device. The full stack is drawn on the CPU and
 * sliced, so that initial weights do not depend on the placement.
 *
 * @param initializer of the full stack
 * @param full shape (E, ..) of the full stack
 * @param rows owned by the device
 * @param device that owns the rows
 */
public record PartInitializer(
    Initializer initializer, Shape full, ImmutableIntArray rows, NamedDevice device)
    implements Initializer {
  @Override
  public NDArray initialize(NDManager manager, Shape shape, DataType dataType) {
    try (NDManager cpu = manager.newSubManager(Device.cpu())) {
      long width = full.slice(1).size();
      NDArray all = initializer.initialize(cpu, full, dataType); // (E, ..)
      NDArray ids = cpu.create(rows.stream().mapToLong(r -> r).toArray()); // (rows)
      NDArray part = Ops.rows(all.reshape(full.get(0), width), ids).reshape(shape); // (rows, ..)
      NDArray there = cpu.zeros(new Shape(1), dataType, device.device());
      NDArray moved = Ops.moveTo(part, there);
      moved.attach(manager);
      return moved;
    }
  }
}
