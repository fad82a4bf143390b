package org.jmoe.analysis.trace;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import org.jmoe.layer.LayerPass;
import org.jmoe.layer.SharedPass;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.plan.SlotPlan;
import org.jmoe.plan.SoftPlan;
import org.jmoe.tensor.Ops;
import org.jspecify.annotations.Nullable;

/**
 * Decomposes a layer's output. The layer computes {@code y = sum_e w_e f_e(x) + ..}; each expert's
 * term projected onto the output, {@code <w_e f_e(x), y> / <y, y>}, is its share. The shares of all
 * experts, the shared expert and the token itself sum to 1 by definition; an expert opposing the
 * others has a negative share. Norm ratios {@code |w_e f_e| / |y|} would not sum to 1. If y is
 * zero, because no expert served the token, all shares are 0.
 */
final class OutputShares {
  private final int dim;
  private final int computing; // experts that compute; later ones return the token
  private final double[] tokens; // (T, D)
  private final double[] outputs; // (N, D) or (E * C, D)
  private final double[] output; // (T, D)
  private final long[] rows; // (T, K) row of each choice or -1; (T, E * C) for a soft plan
  private final double[] weights; // like rows
  private final double[] passThrough; // (T)
  private final double[] routed; // (T) weight of the routed output
  private final double[] shared; // (T, D) output of the shared expert
  private final int columns; // of rows
  private final int slots; // slots per expert in a soft plan, otherwise 0

  OutputShares(LayerPass pass) {
    dim = Math.toIntExact(pass.tokens().getShape().get(1));
    tokens = numbers(pass.tokens());
    outputs = numbers(pass.outputs());
    output = numbers(pass.output());
    computing = pass.routing().plan().experts();
    int count = tokens.length / dim;
    if (pass.routing().plan() instanceof SoftPlan soft) {
      weights = numbers(soft.toTokens());
      columns = weights.length / count;
      slots = columns / computing;
      rows = new long[weights.length];
      Arrays.setAll(rows, i -> i % columns);
    } else {
      NDArray places = // (T, K)
          pass.routing().plan() instanceof GroupedPlan grouped
              ? grouped.rowOfChoice()
              : ((SlotPlan) pass.routing().plan()).slotOfChoice();
      rows = places.toLongArray();
      columns = rows.length / count;
      slots = 0;
      weights =
          numbers(
              pass.routing().plan() instanceof GroupedPlan grouped
                  ? grouped.weights()
                  : ((SlotPlan) pass.routing().plan()).weights());
    }
    passThrough = orElse(pass.routing().passThrough(), count, 0);
    SharedPass sharedPass = pass.shared();
    routed = orElse(sharedPass == null ? null : sharedPass.routedShare(), count, 1);
    shared = sharedPass == null ? new double[0] : scaled(sharedPass, count);
  }

  private double[] scaled(SharedPass sharedPass, int count) {
    double[] output = numbers(sharedPass.output()); // (T, D)
    double[] share = orElse(sharedPass.sharedShare(), count, 1); // (T)
    for (int i = 0; i < output.length; i++) {
      output[i] *= share[i / dim];
    }
    return output;
  }

  private static double[] orElse(@Nullable NDArray array, int count, double value) {
    if (array != null) {
      return numbers(array);
    }
    double[] all = new double[count];
    Arrays.fill(all, value);
    return all;
  }

  private static double[] numbers(NDArray array) {
    return Ops.cast(array, DataType.FLOAT64).toDoubleArray();
  }

  /** Returns the share of a token's choice of the given expert. */
  double ofChoice(int token, int choice, int expert) {
    double sum = 0;
    if (slots > 0) {
      for (int c = expert * slots; c < (expert + 1) * slots; c++) {
        sum += weights[token * columns + c] * dot(outputs, c, token);
      }
    } else {
      int at = token * columns + choice;
      if (expert >= computing) {
        sum = weights[at] * dot(tokens, token, token);
      } else if (rows[at] >= 0) {
        sum = weights[at] * dot(outputs, Math.toIntExact(rows[at]), token);
      }
    }
    return share(sum * routed[token], token);
  }

  /** Returns the share of the shared expert; 0 if there is none. */
  double ofShared(int token) {
    return shared.length == 0 ? 0 : share(dot(shared, token, token), token);
  }

  /**
   * Returns the share of the token itself, if the router passes it through in addition to its
   * experts.
   *
   * @param identities weights of the chosen identity experts, which count as choices
   */
  double ofSelf(int token, double identities) {
    double left = passThrough[token] - identities;
    return share(left * dot(tokens, token, token) * routed[token], token);
  }

  /** Returns whether an expert is an identity expert. */
  boolean isIdentity(int expert) {
    return expert >= computing;
  }

  private double share(double product, int token) {
    double square = dot(output, token, token);
    return square == 0 ? 0 : product / square;
  }

  /** Returns the dot product of a row with a token's output. */
  private double dot(double[] matrix, int row, int token) {
    double sum = 0;
    for (int d = 0; d < dim; d++) {
      sum += matrix[row * dim + d] * output[token * dim + d];
    }
    return sum;
  }
}
