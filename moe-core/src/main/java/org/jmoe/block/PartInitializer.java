package org.jmoe.block;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.initializer.Initializer;
import com.google.common.primitives.ImmutableIntArray;
import org.jmoe.tensor.NamedDevice;
import org.jmoe.tensor.Ops;

/**
 * The rows of a stack that one device holds, as they would be in the whole: the whole is drawn on
 * the processor and cut, so that initial weights do not depend on who shares them.
 *
 * @param initializer of the whole
 * @param whole shape (E, ..) of the whole
 * @param rows that are held
 * @param device that holds them
 */
public record PartInitializer(
    Initializer initializer, Shape whole, ImmutableIntArray rows, NamedDevice device)
    implements Initializer {
  @Override
  public NDArray initialize(NDManager manager, Shape shape, DataType dataType) {
    try (NDManager cpu = manager.newSubManager(Device.cpu())) {
      long width = whole.slice(1).size();
      NDArray all = initializer.initialize(cpu, whole, dataType); // (E, ..)
      NDArray ids = cpu.create(rows.stream().mapToLong(r -> r).toArray()); // (rows)
      NDArray part = Ops.rows(all.reshape(whole.get(0), width), ids).reshape(shape); // (rows, ..)
      NDArray there = cpu.zeros(new Shape(1), dataType, device.device());
      NDArray moved = Ops.moveTo(part, there);
      moved.attach(manager);
      return moved;
    }
  }
}
