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
 * Gradients that are handed over. DJL's collector adds them to arrays that every parameter keeps,
 * which then have to be zeroed; here they are new arrays of the caller, and nothing is left behind.
 * They may share memory with one another, so they are to be read, not changed.
 */
public final class Gradients {
  private Gradients() {}

  /** Does work whose gradients will be asked for, on the current thread, and returns its result. */
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
   * The gradient of the sum of all numbers of an output to each input, in their shapes; zeros where
   * the output does not depend on one. What was recorded of the output is freed.
   *
   * @param owner of the gradients
   */
  public static List<NDArray> of(NDManager owner, NDArray output, List<NDArray> inputs) {
    List<Optional<NDArray>> found = found(owner, List.of(output), List.of(), inputs);
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
   * The gradient of {@code sum_i <outputs_i, weights_i>} to each input, where any output depends on
   * it. What was recorded of the outputs is freed.
   *
   * @param owner of the gradients
   * @param weights of the shapes of the outputs; none for ones
   */
  public static List<Optional<NDArray>> found(
      NDManager owner, List<NDArray> outputs, List<NDArray> weights, List<NDArray> inputs) {
    Preconditions.checkArgument(
        weights.isEmpty() || weights.size() == outputs.size(),
        "%s outputs need as many weights, not %s",
        outputs.size(),
        weights.size());
    return Script.instance().gradients(owner, outputs, weights, inputs);
  }

  /**
   * Those of some arrays that gradients flow through: what was recorded, and the arrays that want
   * theirs. {@code NDArray.hasGradient} knows of the latter alone.
   */
  public static List<NDArray> recorded(List<NDArray> arrays) {
    List<NDArray> recorded = new ArrayList<>();
    if (!arrays.isEmpty()) {
      double[] marks = Script.instance().numbers("recorded", FusedUpdates.list(arrays));
      for (int i = 0; i < marks.length; i++) {
        if (marks[i] == 1) {
          recorded.add(arrays.get(i));
        }
      }
    }
    return recorded;
  }
}
