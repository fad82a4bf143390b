package org.jmoe.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Tensor operations that DJL's {@link NDArray} lacks or implements incorrectly. Each is one native
 * call to a method of a TorchScript module and supports autograd. The result belongs to the manager
 * of the first argument, so activations come first and weights after them.
 */
public final class Ops {
  private static final double[] NONE = {};

  private Ops() {}

  private static NDArray one(String method, double[] numbers, NDArray... arrays) {
    return Script.instance().call(method, numbers, arrays).get(0);
  }

  // ---- arithmetic -------------------------------------------------------------------------------

  /** Returns {@code x * factor}. Unlike {@code NDArray.mul(Number)}, its gradient is safe. */
  public static NDArray scale(NDArray x, double factor) {
    return one("scale", new double[] {factor}, x);
  }

  /** Returns {@code x + amount} in the type of x. */
  public static NDArray shift(NDArray x, double amount) {
    return one("shift", new double[] {amount}, x);
  }

  /** Returns the elementwise remainder of integers, in [0, divisor). */
  public static NDArray remainder(NDArray x, long divisor) {
    return one("remainder", new double[] {divisor}, x);
  }

  /** Converts the type; differentiable. */
  public static NDArray cast(NDArray x, DataType type) {
    return one("to_dtype", new double[] {Dtypes.torchCode(type)}, x);
  }

  /** Moves x to the device of another array; returns x if it is already there. Differentiable. */
  public static NDArray moveTo(NDArray x, NDArray like) {
    return one("to_device_of", NONE, x, like);
  }

  /** Copies x to the device of another array, even if it is already there. Differentiable. */
  public static NDArray copyTo(NDArray x, NDArray like) {
    return one("copy_to_device_of", NONE, x, like);
  }

  /** Softmax over the last axis. */
  public static NDArray softmax(NDArray x) {
    return x.softmax(-1);
  }

  /** Log-sum-exp over the last axis, (.., E) to (..). */
  public static NDArray logSumExp(NDArray x) {
    return one("log_sum_exp", NONE, x);
  }

  // ---- rows and counts --------------------------------------------------------------------------

  /**
   * Gathers rows of x (R, D) by ids (..) to (.., D); repeated rows sum gradients in fixed order.
   */
  public static NDArray rowsOf(NDArray ids, NDArray x) {
    return one("rows_of", NONE, ids, x);
  }

  /** As {@link #rowsOf} with x first, so that the result belongs to the manager of x. */
  public static NDArray rows(NDArray x, NDArray ids) {
    return one("rows", NONE, x, ids);
  }

  /** Returns x (R, D) with source (N, D) added to rows ids (N); repeated rows accumulate. */
  public static NDArray indexAdd(NDArray x, NDArray ids, NDArray source) {
    return one("index_add", NONE, x, ids, source);
  }

  /**
   * Counts how often each of 0 to size - 1 occurs in ids, (size) of int64. Ids of -1 are ignored;
   * others must be in range.
   */
  public static NDArray bincount(NDArray ids, int size) {
    return one("bincount", new double[] {size}, ids);
  }

  /**
   * Concatenates arrays along an axis; returns a single array as is. DJL's concat copies a single
   * array and cuts its gradient.
   */
  public static NDArray concat(NDList arrays, int axis) {
    return arrays.size() == 1 ? arrays.head() : NDArrays.concat(arrays, axis);
  }

  /** Returns 0, 1, 2, .. in the shape of x, as int64. */
  public static NDArray positions(NDArray x) {
    return one("positions", NONE, x);
  }

  /** Sorts the last axis stably; returns values and indices. */
  public static NDList stableSort(NDArray x, boolean descending) {
    return Script.instance().call("sort", new double[] {descending ? 1 : 0}, x);
  }

  /**
   * Returns the indices of the k largest elements of the last axis, largest first; ties go to the
   * lower index.
   */
  public static NDArray top(NDArray x, int k) {
    return one("top", new double[] {k, Double.NEGATIVE_INFINITY}, x);
  }

  /** Returns the sum of all elements as a host number. */
  public static double sum(NDArray x) {
    try (NDArray total = one("sum", NONE, x)) {
      return total.getDouble();
    }
  }

  /** Replaces the rows of x (T, K) where mask (T) is true by a value. */
  public static NDArray fillRows(NDArray x, NDArray mask, double value) {
    return one("fill_rows", new double[] {value}, x, mask);
  }

  /** Returns the first row of x (T, E) with a non-finite log-sum-exp, or -1. Synchronises. */
  public static long firstNonFiniteRow(NDArray x) {
    try (NDArray row = one("first_non_finite_row", NONE, x)) {
      return row.getLong();
    }
  }

  /** Returns the flat position of the first id outside [0, size), or -1. Synchronises. */
  public static long firstOutOfRange(NDArray ids, long size) {
    try (NDArray at = one("first_out_of_range", new double[] {size}, ids)) {
      return at.getLong();
    }
  }

  /** Marks rows of x (T, E) with no softmax: those with NaN, +inf or only -inf; (T) of boolean. */
  public static NDArray nonFiniteRows(NDArray x) {
    return one("non_finite_rows", NONE, x);
  }

  // ---- named randomness -------------------------------------------------------------------------

  /** Standard normal samples in shape and type of x, a function of seed, shape and type. */
  public static NDArray normal(NDArray x, Seed seed) {
    return one("normal", new double[] {seed.value()}, x);
  }

  /** Uniform samples from [0, 1) in shape and type of x, a function of seed, shape and type. */
  public static NDArray uniform(NDArray x, Seed seed) {
    return one("uniform", new double[] {seed.value()}, x);
  }

  /** Zeroes each element with probability drop and scales the others by 1 / (1 - drop). */
  public static NDArray dropout(NDArray x, double drop, Seed seed) {
    return drop == 0 ? x : one("dropout", new double[] {drop, seed.value()}, x);
  }

  // ---- export -----------------------------------------------------------------------------------

  /** Writes the script module as a TorchScript archive for use in PyTorch. */
  public static void export(Path file) throws IOException {
    Files.write(file, Script.archive());
  }
}
