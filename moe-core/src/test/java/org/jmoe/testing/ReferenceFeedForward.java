package org.jmoe.testing;

import org.jmoe.tensor.Activation;

/** A feed-forward network in plain loops; empty biases mean none. */
public final class ReferenceFeedForward {
  private final Activation activation;
  private final double[][] in; // (D, H), or (D, 2H) gated, gate first
  private final double[] inBias;
  private final double[][] out; // (H, D)
  private final double[] outBias;

  /** Creates a feed-forward network with given weights. */
  public ReferenceFeedForward(
      Activation activation, double[][] in, double[] inBias, double[][] out, double[] outBias) {
    this.activation = activation;
    this.in = in;
    this.inBias = inBias;
    this.out = out;
    this.outBias = outBias;
  }

  /** Returns {@code act(x in + inBias) out + outBias}. */
  public double[] of(double[] x) {
    return affine(activate(affine(x, in, inBias)), out, outBias);
  }

  private static double[] affine(double[] x, double[][] weights, double[] bias) {
    double[] y = new double[weights[0].length];
    for (int j = 0; j < y.length; j++) {
      y[j] = bias.length == 0 ? 0 : bias[j];
      for (int i = 0; i < x.length; i++) {
        y[j] += x[i] * weights[i][j];
      }
    }
    return y;
  }

  private double[] activate(double[] h) {
    int hidden = out.length;
    double[] y = new double[hidden];
    for (int j = 0; j < hidden; j++) {
      y[j] =
          switch (activation) {
            case RELU -> Math.max(0, h[j]);
            case GELU -> gelu(h[j]);
            case SILU -> silu(h[j]);
            case SWIGLU -> silu(h[j]) * h[j + hidden];
            case GEGLU -> gelu(h[j]) * h[j + hidden];
            case REGLU -> Math.max(0, h[j]) * h[j + hidden];
            case GEGLU_TANH -> tanhGelu(h[j]) * h[j + hidden];
            case CLAMPED_SWIGLU -> clamped(h[j], h[j + hidden]);
          };
    }
    return y;
  }

  private static double tanhGelu(double x) {
    return x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
  }

  private static double clamped(double gate, double up) {
    double g = Math.min(gate, 7);
    return (Math.max(-7, Math.min(7, up)) + 1) * g / (1 + Math.exp(-1.702 * g));
  }

  private static double silu(double x) {
    return x / (1 + Math.exp(-x));
  }

  /** {@code x Phi(x)}, using the series of the error function with terms of one sign. */
  private static double gelu(double x) {
    double z = x / Math.sqrt(2);
    double term = z;
    double sum = z;
    for (int n = 1; n < 200; n++) {
      term *= 2 * z * z / (2 * n + 1);
      sum += term;
    }
    double erf = 2 / Math.sqrt(Math.PI) * Math.exp(-z * z) * sum;
    return x * (1 + erf) / 2;
  }
}
