package org.jmoe.models.surgery;

import java.util.Arrays;

/**
 * Exact linear sum assignment: the one-to-one assignment of rows to columns with the largest sum.
 * Uses the Hungarian method with potentials and shortest augmenting paths (Kuhn 1955; Jonker and
 * Volgenant 1987) in O(n^3).
 */
final class LinearAssignment {
  private final float[] gains; // (N, N)
  private final int n;
  private final double[] rowPotential; // (N + 1), rows and columns counted from 1
  private final double[] columnPotential; // (N + 1)
  private final int[] rowOf; // (N + 1), 0 for none

  private LinearAssignment(float[] gains, int n) {
    this.gains = gains;
    this.n = n;
    rowPotential = new double[n + 1];
    columnPotential = new double[n + 1];
    rowOf = new int[n + 1];
  }

  /**
   * Returns the column assigned to each row.
   *
   * @param gains (N, N) in row-major order
   */
  static int[] largest(float[] gains, int n) {
    LinearAssignment assignment = new LinearAssignment(gains, n);
    for (int row = 1; row <= n; row++) {
      assignment.add(row);
    }
    int[] columnOf = new int[n];
    for (int column = 1; column <= n; column++) {
      columnOf[assignment.rowOf[column] - 1] = column - 1;
    }
    return columnOf;
  }

  private double cost(int row, int column) {
    double cost = -gains[(row - 1) * n + column - 1];
    return cost - rowPotential[row] - columnPotential[column];
  }

  /**
   * Finds a shortest path from the row to a free column; potentials keep all costs non-negative.
   */
  private void add(int row) {
    double[] distance = new double[n + 1];
    Arrays.fill(distance, Double.POSITIVE_INFINITY);
    int[] before = new int[n + 1];
    boolean[] done = new boolean[n + 1];
    rowOf[0] = row;
    int at = 0;
    while (rowOf[at] != 0) {
      done[at] = true;
      int next = 0;
      double step = Double.POSITIVE_INFINITY;
      for (int column = 1; column <= n; column++) {
        if (!done[column]) {
          double cost = cost(rowOf[at], column);
          if (cost < distance[column]) {
            distance[column] = cost;
            before[column] = at;
          }
          if (distance[column] < step) {
            step = distance[column];
            next = column;
          }
        }
      }
      for (int column = 0; column <= n; column++) {
        if (done[column]) {
          rowPotential[rowOf[column]] += step;
          columnPotential[column] -= step;
        } else {
          distance[column] -= step;
        }
      }
      at = next;
    }
    while (at != 0) {
      rowOf[at] = rowOf[before[at]];
      at = before[at];
    }
  }
}
