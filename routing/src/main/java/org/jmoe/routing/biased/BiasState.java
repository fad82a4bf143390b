package org.jmoe.routing.biased;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;
import org.jmoe.tensor.Ops;

/** Changes the numbers of a parameter that no optimizer touches. */
final class BiasState {
  private BiasState() {}

  /** Adds a step (E) in float64 to the parameter. */
  static void add(Parameter state, NDArray step) {
    NDArray before = state.getArray(); // (E)
    try (NDArray wide = Ops.cast(before, DataType.FLOAT64);
        NDArray sum = wide.add(step)) {
      set(state, sum);
    }
  }

  /** Replaces the parameter's numbers. */
  static void set(Parameter state, NDArray value) {
    NDArray array = state.getArray(); // (E)
    try (NDArray cast = Ops.cast(value, array.getDataType())) {
      cast.copyTo(array);
    }
  }
}
