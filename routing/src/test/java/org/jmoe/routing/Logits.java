package org.jmoe.routing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.SplittableRandom;

/** Logits for tests. */
public final class Logits {
  private Logits() {}

  /** Creates a float64 matrix (rows, columns). */
  public static NDArray of(NDManager manager, double[]... rows) {
    double[] flat = new double[rows.length * rows[0].length];
    for (int r = 0; r < rows.length; r++) {
      System.arraycopy(rows[r], 0, flat, r * rows[0].length, rows[0].length);
    }
    return manager.create(flat, new Shape(rows.length, rows[0].length));
  }

  /** Returns normal random values, a function of the seed. */
  public static NDArray random(NDManager manager, int rows, int columns, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] flat = new double[rows * columns];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = random.nextGaussian();
    }
    return manager.create(flat, new Shape(rows, columns));
  }
}
