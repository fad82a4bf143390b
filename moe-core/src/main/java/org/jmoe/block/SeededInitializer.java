package org.jmoe.block;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.initializer.Initializer;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/**
 * Normal weights of a named seed: the values depend on (seed, shape, deviation) and on nothing that
 * was initialised before.
 *
 * @param seed names the parameter
 * @param deviation standard deviation of the weights
 */
public record SeededInitializer(Seed seed, double deviation) implements Initializer {
  @Override
  public NDArray initialize(NDManager manager, Shape shape, DataType dataType) {
    // Drawn on the processor for every device, whose generators differ, and in float32 for every
    // type, so that a float64 check starts from the same weights.
    try (NDManager cpu = manager.newSubManager(Device.cpu())) {
      NDArray drawn = Ops.normal(cpu.zeros(shape), seed);
      NDArray typed = Ops.cast(Ops.scale(drawn, deviation), dataType);
      NDArray there = cpu.zeros(new Shape(1), dataType, manager.getDevice());
      NDArray moved = Ops.moveTo(typed, there);
      moved.attach(manager);
      return moved;
    }
  }
}
