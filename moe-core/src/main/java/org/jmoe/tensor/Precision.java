package org.jmoe.tensor;

/**
 * In what the large products of a pass are computed. Parameters, routers, norms, softmaxes and the
 * optimizer stay in the parameters' own type, float32.
 */
public enum Precision {
  /** In the parameters' own type. */
  FLOAT32(0),
  /** 8 bits of exponent as in float32, 8 of precision; fast where the processor has it. */
  BFLOAT16(15),
  /** 5 bits of exponent, 11 of precision; for GPUs. */
  FLOAT16(5);

  private final int torchCode;

  Precision(int torchCode) {
    this.torchCode = torchCode;
  }

  /** PyTorch's number of the type; 0 to leave the type as it is. */
  int torchCode() {
    return torchCode;
  }
}
