package org.jmoe.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import com.google.common.base.Preconditions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Functional gradients, as PyTorch's {@code autograd.grad}. DJL's collector accumulates into arrays
 * that each parameter keeps and that must be zeroed; here gradients are new arrays owned by the
 * caller. They may share memory, so do not modify them in place.
 */
public final class Gradients {
  private Gradients() {}

  /** Runs work with gradient recording enabled on the current thread and returns its result. */
  public static <T> T recording(Supplier<T> work) {
    boolean before = JniUtils.isGradMode();
    JniUtils.setGradMode(true);
    try {
      return work.get();
    } finally {
      JniUtils.setGradMode(before);
    }
  }

  /**
   * Returns the gradient of the sum of all elements of an output with respect to each input, in the
   * shape of the input; zeros where the output does not depend on it. Frees the recorded graph.
   *
   * @param owner of the gradients
   */
  public static List<NDArray> of(NDManager owner, NDArray output, List<NDArray> inputs) {
    List<Optional<NDArray>> found = allowUnused(owner, List.of(output), List.of(), inputs);
    List<NDArray> gradients = new ArrayList<>(inputs.size());
    for (int i = 0; i < inputs.size(); i++) {
      NDArray input = inputs.get(i);
      gradients.add(
          found
              .get(i)
              .orElseGet(
                  () -> owner.zeros(input.getShape(), input.getDataType(), input.getDevice())));
    }
    return gradients;
  }

  /**
   * Returns the gradient of {@code sum_i <outputs_i, weights_i>} with respect to each input, empty
   * where no output depends on it. Frees the recorded graph.
   *
   * @param owner of the gradients
   * @param weights in the shapes of the outputs; an empty list for ones
   */
  public static List<Optional<NDArray>> allowUnused(
      NDManager owner, List<NDArray> outputs, List<NDArray> weights, List<NDArray> inputs) {
    Preconditions.checkArgument(
        weights.isEmpty() || weights.size() == outputs.size(),
        "the number of outputs, %s, must equal the number of weights, %s",
        outputs.size(),
        weights.size());
    return Script.instance().gradients(owner, outputs, weights, inputs);
  }

  /**
   * Returns the arrays that require gradients: leaves that request them and results computed from
   * such leaves. {@code NDArray.hasGradient} covers leaves only.
   */
  public static List<NDArray> requiringGrad(List<NDArray> arrays) {
    List<NDArray> result = new ArrayList<>();
    if (!arrays.isEmpty()) {
      double[] marks = Script.instance().numbers("recorded", FusedUpdates.list(arrays));
      for (int i = 0; i < marks.length; i++) {
        if (marks[i] == 1) {
          result.add(arrays.get(i));
        }
      }
    }
    return result;
  }
}
