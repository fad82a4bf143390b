package org.jmoe.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import java.util.List;

/** In-place updates and norms of many arrays in one native call, outside autograd. */
public final class FusedUpdates {
  private FusedUpdates() {}

  /** Returns the 2-norm over all elements of all arrays. */
  public static double globalNorm(List<NDArray> arrays) {
    return arrays.isEmpty() ? 0 : Script.instance().number("global_norm", list(arrays));
  }

  /** Returns the 2-norm of each array. */
  public static double[] norms(List<NDArray> arrays) {
    return arrays.isEmpty() ? new double[0] : Script.instance().numbers("norms", list(arrays));
  }

  /** Returns the 2-norm of each entry of the first axis, array by array. */
  public static double[] rowNorms(List<NDArray> arrays) {
    return arrays.isEmpty() ? new double[0] : Script.instance().numbers("row_norms", list(arrays));
  }

  /** Copies each source into its target of the same shape. */
  public static void copyAll(List<NDArray> targets, List<NDArray> sources) {
    Script.instance().update("copy_all", list(targets), list(sources));
  }

  /**
   * Performs one AdamW step (Loshchilov and Hutter 2019) with PyTorch's fused kernel.
   *
   * @param gradients not modified
   * @param steps one 0-d float32 counter per parameter, initially 0, incremented by the call
   * @param byRow per parameter, whether entries of the first axis are updated one by one, so that
   *     the bits of a row do not depend on the other rows in the parameter
   * @param factor applied to the gradients first; 1 for none
   */
  public static void adamW(
      List<NDArray> parameters,
      List<NDArray> gradients,
      List<NDArray> means,
      List<NDArray> variances,
      List<NDArray> steps,
      boolean[] byRow,
      double factor,
      double rate,
      double beta1,
      double beta2,
      double decay,
      double epsilon) {
    if (parameters.isEmpty()) {
      return;
    }
    long[] flags = new long[byRow.length];
    for (int i = 0; i < flags.length; i++) {
      flags[i] = byRow[i] ? 1 : 0;
    }
    Script.instance()
        .update(
            "adam_w",
            list(parameters),
            list(gradients),
            list(means),
            list(variances),
            list(steps),
            IValue.listFrom(flags),
            IValue.from(factor),
            IValue.from(rate),
            IValue.from(beta1),
            IValue.from(beta2),
            IValue.from(decay),
            IValue.from(epsilon));
  }

  static IValue list(List<NDArray> arrays) {
    return IValue.listFrom(arrays.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new));
  }
}
