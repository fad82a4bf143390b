package org.jmoe.planning;

/**
 * In what type what is kept and computed. Mixed precision keeps 2 bytes of weight, a float32
 * gradient and float32 master weight and two Adam moments (Rajbhandari et al. 2020, section 3.1,
 * with gradients added up in float32 as Megatron-LM does).
 */
public enum Arithmetic {
  /** Products and activations in bfloat16. */
  BF16(2, 12),
  /** Products in 8-bit floats, all else as in bfloat16. */
  FP8(2, 12),
  /** Everything in float32, the weights being the master weights. */
  FP32(4, 8);

  /** Bytes of a number's gradient, in float32 whatever the weights are. */
  static final int GRADIENT = 4;

  private final int bytes;
  private final int optimizer;

  Arithmetic(int bytes, int optimizer) {
    this.bytes = bytes;
    this.optimizer = optimizer;
  }

  /** Bytes of a weight and of a number of an activation. */
  int bytes() {
    return bytes;
  }

  /** Bytes that Adam keeps for a weight beside it. */
  int optimizer() {
    return optimizer;
  }

  /** Bytes that an update reads and writes for a weight: gradient, optimizer twice, weight. */
  int update() {
    return GRADIENT + 2 * optimizer + (this == FP32 ? 2 : 1) * bytes;
  }

  /** Most operations a second of a device's products; 0 where it has none. */
  public double flops(Cluster cluster) {
    return switch (this) {
      case BF16 -> cluster.bfloat16Flops();
      case FP8 -> cluster.float8Flops();
      case FP32 -> cluster.float32Flops();
    };
  }
}
