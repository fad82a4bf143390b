package org.jmoe.tensor;

/** Activation function of a feed-forward network. */
public enum Activation {
  /** {@code max(0, x)}. */
  RELU(0),
  /** {@code x Phi(x)}, the exact GELU (Hendrycks and Gimpel 2016). */
  GELU(1),
  /** {@code x sigmoid(x)}. */
  SILU(2),
  /** {@code silu(gate) * up} (Shazeer 2020). */
  SWIGLU(3),
  /** {@code gelu(gate) * up} (Shazeer 2020). */
  GEGLU(4),
  /** {@code relu(gate) * up} (Shazeer 2020). */
  REGLU(5),
  /** {@code gelu(gate) * up} with the tanh approximation of GELU (Hendrycks and Gimpel 2016). */
  GEGLU_TANH(6),
  /**
   * {@code (u + 1) g sigmoid(1.702 g)}, g clamped to at most 7 and u to [-7, 7] (gpt-oss, OpenAI
   * 2025).
   */
  CLAMPED_SWIGLU(7);

  private final int code;

  Activation(int code) {
    this.code = code;
  }

  /** Returns the code of this activation in the script module. */
  int code() {
    return code;
  }

  /** Returns whether the input projection has a gate half and an up half. */
  public boolean gated() {
    return code >= SWIGLU.code;
  }

  /** Returns the number of output columns of the input projection: hidden, or 2 hidden if gated. */
  public int columns(int hidden) {
    return gated() ? Math.multiplyExact(2, hidden) : hidden;
  }
}
