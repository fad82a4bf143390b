package org.jmoe.routing.biased;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;
import org.jmoe.tensor.Ops;

/** Updates of parameters that are not trained by the optimizer. */
final class BiasState {
  private BiasState() {}

  /** Adds a float64 step (E) to the parameter. */
  static void add(Parameter state, NDArray step) {
    NDArray before = state.getArray(); // (E)
    try (NDArray wide = Ops.cast(before, DataType.FLOAT64);
        NDArray sum = wide.add(step)) {
      set(state, sum);
    }
  }

  /** Replaces the value of the parameter. */
  static void set(Parameter state, NDArray value) {
    NDArray array = state.getArray(); // (E)
    try (NDArray cast = Ops.cast(value, array.getDataType())) {
      cast.copyTo(array);
    }
  }
}
