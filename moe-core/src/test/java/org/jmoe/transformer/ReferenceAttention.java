package org.jmoe.transformer;

import org.jmoe.transformer.attention.GroupedAttention;
import org.jspecify.annotations.Nullable;

/** Self-attention of one sequence in plain loops. */
final class ReferenceAttention {
  private final int heads;
  private final int kvHeads;
  private final boolean rotary;
  private final boolean causal;
  private final double[][] in; // (D, (H + 2 G) dh): queries, keys, values
  private final double[][] out; // (D, D)

  ReferenceAttention(ModelSpec spec, double[][] in, double[][] out) {
    GroupedAttention.Spec attention = (GroupedAttention.Spec) spec.blocks().get(0).attention();
    this.heads = attention.heads();
    this.kvHeads = attention.kvHeads();
    this.rotary = attention.rotary() != null;
    this.causal = spec.causal();
    this.in = in;
    this.out = out;
  }

  /** Computes attention within x (S, D), with optional padding. */
  double[][] of(double[][] x, boolean @Nullable [] padding) {
    int width = x[0].length / heads;
    double[][] projected = product(x, in); // (S, (H + 2 G) dh)
    double[][] merged = new double[x.length][x[0].length];
    for (int h = 0; h < heads; h++) {
      double[][] q = head(projected, h, width);
      double[][] k = head(projected, heads + h * kvHeads / heads, width);
      double[][] v = head(projected, heads + kvHeads + h * kvHeads / heads, width, false);
      for (int s = 0; s < x.length; s++) {
        attend(s, q[s], k, v, padding, merged[s], h * width);
      }
    }
    return product(merged, out);
  }

  private void attend(
      int s,
      double[] q,
      double[][] k,
      double[][] v,
      boolean @Nullable [] padding,
      double[] to,
      int at) {
    double[] weights = new double[k.length];
    double sum = 0;
    for (int t = 0; t < k.length; t++) {
      boolean hidden = (causal && t > s) || (padding != null && padding[t] && t != s);
      for (int i = 0; i < q.length; i++) {
        weights[t] += q[i] * k[t][i] / Math.sqrt(q.length);
      }
      weights[t] = hidden ? 0 : Math.exp(weights[t]);
      sum += weights[t];
    }
    for (int t = 0; t < k.length; t++) {
      for (int i = 0; i < q.length; i++) {
        to[at + i] += weights[t] / sum * v[t][i];
      }
    }
  }

  private double[][] head(double[][] projected, int head, int width) {
    return head(projected, head, width, rotary);
  }

  /** Rotates element i with element i + dh / 2 by the angle {@code s 10000^(-2 i / dh)}. */
  private static double[][] head(double[][] projected, int head, int width, boolean rotary) {
    double[][] rows = new double[projected.length][width];
    for (int s = 0; s < rows.length; s++) {
      System.arraycopy(projected[s], head * width, rows[s], 0, width);
      for (int i = 0; rotary && i < width / 2; i++) {
        double angle = s * Math.pow(10_000, -2.0 * i / width);
        double a = rows[s][i];
        double b = rows[s][i + width / 2];
        rows[s][i] = a * Math.cos(angle) - b * Math.sin(angle);
        rows[s][i + width / 2] = b * Math.cos(angle) + a * Math.sin(angle);
      }
    }
    return rows;
  }

  private static double[][] product(double[][] x, double[][] weights) {
    double[][] y = new double[x.length][weights[0].length];
    for (int s = 0; s < x.length; s++) {
      for (int i = 0; i < weights.length; i++) {
        for (int j = 0; j < y[s].length; j++) {
          y[s][j] += x[s][i] * weights[i][j];
        }
      }
    }
    return y;
  }
}
