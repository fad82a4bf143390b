package org.jmoe.testing;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Substitutes arrays for the parameters of a block, so that a test can perturb them. */
final class GivenParameters extends ParameterStore {
  private final Map<String, NDArray> values = new HashMap<>();

  /** Uses arrays[i + 1] for parameter i. */
  GivenParameters(NDManager manager, List<Parameter> parameters, NDArray... arrays) {
    super(manager, false);
    for (int i = 0; i < parameters.size(); i++) {
      values.put(parameters.get(i).getId(), arrays[i + 1]);
    }
  }

  @Override
  public NDArray getValue(Parameter parameter, Device device, boolean training) {
    return Objects.requireNonNull(values.get(parameter.getId()), parameter.getName());
  }
}
