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
 * Draws weights from a zero-mean normal distribution. The values depend only on seed, shape and
 * standard deviation, not on what was initialised before.
 *
 * @param seed of the parameter
 * @param std standard deviation of the weights
 */
public record SeededInitializer(Seed seed, double std) implements Initializer {
  @Override
  public NDArray initialize(NDManager manager, Shape shape, DataType dataType) {
    // Drawn on the CPU, because generators differ between devices, and in float32, so that a
    // float64 check starts from the same weights.
    try (NDManager cpu = manager.newSubManager(Device.cpu())) {
      NDArray drawn = Ops.normal(cpu.zeros(shape), seed);
      NDArray typed = Ops.cast(Ops.scale(drawn, std), dataType);
      NDArray there = cpu.zeros(new Shape(1), dataType, manager.getDevice());
      NDArray moved = Ops.moveTo(typed, there);
      moved.attach(manager);
      return moved;
    }
  }
}
