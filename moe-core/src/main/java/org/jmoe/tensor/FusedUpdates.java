package org.jmoe.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import java.util.List;

/**
 * Operations of optimizers: updates and norms of many arrays in one native call, outside autograd.
 */
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
   * Parameters that one AdamW step updates.
   *
   * @param steps one 0-d float32 counter per parameter, initially 0, incremented by each step
   * @param byRow per parameter, whether entries of the first axis are updated one by one, so that
   *     the bits of a row do not depend on the other rows in the parameter
   */
  public record AdamWState(
      List<NDArray> parameters,
      List<NDArray> means,
      List<NDArray> variances,
      List<NDArray> steps,
      List<Boolean> byRow) {}

  /** Learning rate, decay rates of the moments, weight decay and epsilon of an AdamW step. */
  public record AdamWRates(double rate, double beta1, double beta2, double decay, double epsilon) {}

  /**
   * Performs one AdamW step (Loshchilov and Hutter 2019) with PyTorch's fused kernel.
   *
   * @param gradients not modified
   * @param factor applied to the gradients first; 1 for none
   */
  public static void adamW(
      AdamWState state, List<NDArray> gradients, double factor, AdamWRates rates) {
    if (state.parameters().isEmpty()) {
      return;
    }
    long[] flags = state.byRow().stream().mapToLong(each -> each ? 1 : 0).toArray();
    Script.instance()
        .update(
            "adam_w",
            list(state.parameters()),
            list(gradients),
            list(state.means()),
            list(state.variances()),
            list(state.steps()),
            IValue.listFrom(flags),
            IValue.from(factor),
            IValue.from(rates.rate()),
            IValue.from(rates.beta1()),
            IValue.from(rates.beta2()),
            IValue.from(rates.decay()),
            IValue.from(rates.epsilon()));
  }

  /**
   * Moves averages towards values: {@code a = decay a + (1 - decay) v}.
   *
   * @param byRow per array, whether entries of the first axis are updated one by one; see {@link
   *     AdamWState}
   */
  public static void average(
      List<NDArray> averages, List<NDArray> values, List<Boolean> byRow, double decay) {
    long[] flags = byRow.stream().mapToLong(each -> each ? 1 : 0).toArray();
    Script.instance()
        .update(
            "average_all",
            list(averages),
            list(values),
            IValue.listFrom(flags),
            IValue.from(decay));
  }

  /**
   * Returns each matrix of x (.., R, C) with its singular values moved to about 1, by Newton-Schulz
   * iterations with the quintic coefficients of Muon (Jordan et al. 2024); a zero matrix stays
   * zero.
   *
   * @param iterations number of iterations; 5 in Muon
   * @param precision of the matmuls; bfloat16 in Muon
   */
  public static NDArray orthogonalise(NDArray x, int iterations, Precision precision) {
    double[] numbers = {iterations, precision.torchCode()};
    return Script.instance().call("orthogonalise", numbers, x).get(0); // (.., R, C)
  }

  static IValue list(List<NDArray> arrays) {
    return IValue.listFrom(arrays.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new));
  }
}
