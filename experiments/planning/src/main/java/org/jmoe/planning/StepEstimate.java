package org.jmoe.planning;

/**
 * Seconds of an optimizer step by what they are spent on, on the busiest device.
 *
 * @param tokens of the step; replicas that have no sequence left wait for the others
 * @param modelFlops of the step over all devices that the model itself needs: three times the
 *     forward pass, neither padding nor what is computed again (Chowdhery et al. 2022, appendix B)
 * @param peakFlops that all devices could do in a second
 * @param compute products
 * @param memory weights, activations and the update, read from and written to device memory
 * @param allToAll rows to experts and back, in both passes
 * @param tensor all-reduces of tensor parallelism
 * @param gradients sums over replicas, and the weights and gradients that ZeRO moves
 * @param allToAllBytes that a device sends in a MoE layer's step to other devices, on average
 * @param moeLayers that send them
 */
public record StepEstimate(
    double tokens,
    double modelFlops,
    double peakFlops,
    double compute,
    double memory,
    double allToAll,
    double tensor,
    double gradients,
    double allToAllBytes,
    int moeLayers) {
  /** What a step's time is spent on. */
  public enum Part {
    COMPUTE,
    MEMORY,
    ALL_TO_ALL,
    TENSOR_PARALLEL,
    GRADIENTS
  }

  /** Seconds of a part. */
  public double seconds(Part part) {
    return switch (part) {
      case COMPUTE -> compute;
      case MEMORY -> memory;
      case ALL_TO_ALL -> allToAll;
      case TENSOR_PARALLEL -> tensor;
      case GRADIENTS -> gradients;
    };
  }

  /** The part that takes longest: what rules. */
  public Part bound() {
    Part longest = Part.COMPUTE;
    for (Part part : Part.values()) {
      if (seconds(part) > seconds(longest)) {
        longest = part;
      }
    }
    return longest;
  }

  /** Seconds if one thing is done after the other. */
  public double serial() {
    return compute + memory + communication();
  }

  /** Seconds if products, device memory and links all work at once: no step can be faster. */
  public double overlapped() {
    return Math.max(Math.max(compute, memory), communication());
  }

  /** Seconds of all links. */
  public double communication() {
    return allToAll + tensor + gradients;
  }

  /** Tokens a second, one thing after the other. */
  public double tokensPerSecond() {
    return tokens / serial();
  }

  /** Model FLOP utilisation, one thing after the other. */
  public double utilisation() {
    return modelFlops / (serial() * peakFlops);
  }

  /** Model FLOP utilisation that no overlap exceeds. */
  public double mostUtilisation() {
    return modelFlops / (overlapped() * peakFlops);
  }
}
