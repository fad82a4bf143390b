package org.jmoe.planning;

/**
 * Time per optimizer step by category, on the busiest device.
 *
 * @param work what a step computes
 * @param times seconds by category
 * @param allToAllBytes bytes that a device sends to other devices per MoE layer and step, on
 *     average
 * @param moeLayers number of MoE layers
 */
public record StepEstimate(Work work, Times times, double allToAllBytes, int moeLayers) {
  /**
   * What a step computes.
   *
   * @param tokens tokens per step; replicas without a sequence wait for the others
   * @param modelFlops FLOPs per step over all devices that the model itself needs: three times the
   *     forward pass, without padding or recomputation (Chowdhery et al. 2022, appendix B)
   * @param peakFlops FLOP/s of all devices at their peak
   */
  public record Work(double tokens, double modelFlops, double peakFlops) {}

  /**
   * Seconds per step.
   *
   * @param compute matmuls
   * @param memory weights, activations and the update, read from and written to device memory
   * @param allToAll dispatch to experts and combine, in both passes
   * @param tensor all-reduces of tensor parallelism
   * @param gradients gradient reduction over replicas, and ZeRO's weight and gradient traffic
   */
  public record Times(
      double compute, double memory, double allToAll, double tensor, double gradients) {}

  /** Categories of step time. */
  public enum Part {
    COMPUTE,
    MEMORY,
    ALL_TO_ALL,
    TENSOR_PARALLEL,
    GRADIENTS
  }

  /** Returns the seconds of a category. */
  public double seconds(Part part) {
    return switch (part) {
      case COMPUTE -> times.compute();
      case MEMORY -> times.memory();
      case ALL_TO_ALL -> times.allToAll();
      case TENSOR_PARALLEL -> times.tensor();
      case GRADIENTS -> times.gradients();
    };
  }

  /** Returns the bottleneck, the category that takes longest. */
  public Part bound() {
    Part longest = Part.COMPUTE;
    for (Part part : Part.values()) {
      if (seconds(part) > seconds(longest)) {
        longest = part;
      }
    }
    return longest;
  }

  /** Returns the step time without any overlap. */
  public double serial() {
    return times.compute() + times.memory() + communication();
  }

  /**
   * Returns the step time with perfect overlap of matmuls, device memory and links: a lower bound.
   */
  public double overlapped() {
    return Math.max(Math.max(times.compute(), times.memory()), communication());
  }

  /** Returns the seconds of all communication. */
  public double communication() {
    return times.allToAll() + times.tensor() + times.gradients();
  }

  /** Returns tokens per second without overlap. */
  public double tokensPerSecond() {
    return work.tokens() / serial();
  }

  /** Returns the model FLOPs utilisation without overlap. */
  public double utilisation() {
    return work.modelFlops() / (serial() * work.peakFlops());
  }

  /** Returns the model FLOPs utilisation with perfect overlap, an upper bound. */
  public double maxUtilisation() {
    return work.modelFlops() / (overlapped() * work.peakFlops());
  }
}
