package org.jmoe.planning;

/**
 * Data types of weights, matmuls and optimizer state. Mixed precision keeps 2 bytes of weight, a
 * float32 gradient, a float32 master weight and two Adam moments (Rajbhandari et al. 2020, section
 * 3.1, with gradients accumulated in float32 as in Megatron-LM).
 */
public enum Arithmetic {
  /** Matmuls and activations in bfloat16. */
  BF16(2, 12),
  /** Matmuls in 8-bit floats, everything else in bfloat16. */
  FP8(2, 12),
  /** Everything in float32; the weights are the master weights. */
  FP32(4, 8);

  /** Bytes per gradient element: float32 whatever the type of the weights. */
  static final int GRADIENT = 4;

  private final int bytes;
  private final int optimizer;

  Arithmetic(int bytes, int optimizer) {
    this.bytes = bytes;
    this.optimizer = optimizer;
  }

  /** Returns the bytes per weight and per activation element. */
  int bytes() {
    return bytes;
  }

  /** Returns the bytes of optimizer state that Adam keeps per weight. */
  int optimizer() {
    return optimizer;
  }

  /**
   * Returns the bytes that an update reads and writes per weight: gradient, optimizer state twice,
   * weight.
   */
  int update() {
    return GRADIENT + 2 * optimizer + (this == FP32 ? 2 : 1) * bytes;
  }

  /**
   * Returns the peak matmul throughput of a device in FLOP/s; 0 if it does not support this type.
   */
  public double flops(Cluster cluster) {
    return switch (this) {
      case BF16 -> cluster.bfloat16Flops();
      case FP8 -> cluster.float8Flops();
      case FP32 -> cluster.float32Flops();
    };
  }
}
