package org.jmoe.training.optimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.jmoe.block.ShapedBlock;
import org.jmoe.tensor.Seed;

/** Two weights and a gain of 3 elements each; their gradients are the 9 elements of the input. */
final class ThreeParameters extends ShapedBlock {
  private final Parameter weight = weight("weight", new Shape(3), 1);
  private final Parameter router = weight("router/gate", new Shape(3), 1);
  private final Parameter gain = ones("gain", new Shape(3));

  ThreeParameters() {
    super(Seed.of(1).child("model"));
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    NDArray c = inputs.head(); // (3, 3)
    return new NDList(
        c.get(0)
            .mul(value(ps, weight, c, training))
            .add(c.get(1).mul(value(ps, router, c, training)))
            .add(c.get(2).mul(value(ps, gain, c, training)))
            .sum());
  }
}
