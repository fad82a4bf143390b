package org.jmoe.tensor;

/**
 * Compute type of the large matmuls. Parameters, routers, norms, softmaxes and the optimizer stay
 * in the parameters' type, float32.
 */
public enum Precision {
  /** The parameters' type. */
  FLOAT32(0),
  /** 8 exponent bits, 8 significand bits; for processors with native support. */
  BFLOAT16(15),
  /** 5 exponent bits, 11 significand bits; for GPUs. */
  FLOAT16(5);

  private final int torchCode;

  Precision(int torchCode) {
    this.torchCode = torchCode;
  }

  /** Returns PyTorch's scalar type code, or 0 to keep the type. */
  int torchCode() {
    return torchCode;
  }
}
