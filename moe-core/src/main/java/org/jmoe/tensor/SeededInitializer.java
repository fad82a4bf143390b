package org.jmoe.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.initializer.Initializer;

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
    // Drawn in float32 for every type, so that a float64 check starts from the same weights.
    try (NDArray like = manager.zeros(shape);
        NDArray drawn = Ops.normal(like, seed);
        NDArray scaled = Ops.scale(drawn, deviation)) {
      return Ops.cast(scaled, dataType);
    }
  }
}
