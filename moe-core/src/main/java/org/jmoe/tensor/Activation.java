package org.jmoe.tensor;

/** Activation of a feed-forward. */
public enum Activation {
  /** {@code max(0, x)}. */
  RELU(0),
  /** {@code x Phi(x)}, by the error function (Hendrycks and Gimpel 2016). */
  GELU(1),
  /** {@code x sigmoid(x)}. */
  SILU(2),
  /** {@code silu(gate) * up} (Shazeer 2020). */
  SWIGLU(3),
  /** {@code gelu(gate) * up} (Shazeer 2020). */
  GEGLU(4),
  /** {@code relu(gate) * up} (Shazeer 2020). */
  REGLU(5),
  /** {@code gelu(gate) * up} with the tanh form of GELU (Hendrycks and Gimpel 2016). */
  GEGLU_TANH(6),
  /** {@code (u + 1) g sigmoid(1.702 g)}, g at most 7 and u within 7 of 0 (gpt-oss, OpenAI 2025). */
  CLAMPED_SWIGLU(7);

  private final int code;

  Activation(int code) {
    this.code = code;
  }

  /** The number by which the script knows it. */
  int code() {
    return code;
  }

  /** Whether the input product has a gate half and an up half. */
  public boolean gated() {
    return code >= SWIGLU.code;
  }

  /** Columns of the input product for a hidden width: twice as many when gated. */
  public int columns(int hidden) {
    return gated() ? Math.multiplyExact(2, hidden) : hidden;
  }
}
