package org.jmoe.planning;

import org.jmoe.planning.model.ArchitectureSizes;
import org.jmoe.planning.model.LayerGroup;
import org.jmoe.planning.model.MoeSize;
import org.jmoe.planning.model.ParameterCount;

/**
 * Bytes on the most loaded device by category, without the buffers of the communication library and
 * the allocator.
 *
 * @param weights weights in compute precision
 * @param gradients float32 gradients
 * @param optimizer master weights and moments
 * @param activations activations kept for the backward pass of a micro-batch, including logits
 */
public record MemoryEstimate(long weights, long gradients, long optimizer, long activations) {
  /** Bytes per logit: value and gradient in float32. */
  private static final double LOGIT = 8;

  /**
   * Estimates the memory per device. Weights, gradients and optimizer state follow ZeRO
   * (Rajbhandari et al. 2020, figure 1), with expert parameters sharded among their own replicas.
   *
   * @param crowding rows of the device with the busiest experts over the mean
   */
  static MemoryEstimate of(ArchitectureSizes model, Workload workload, Layout layout, double crowding) {
    int zero = workload.zero();
    Arithmetic type = workload.arithmetic();
    double weights = type.bytes() * resident(model, layout, zero >= 3);
    if (zero >= 3) {
      weights += type.bytes() * largestLayer(model, layout); // the layer gathered for computation
    }
    return new MemoryEstimate(
        bytes(weights),
        bytes(Arithmetic.GRADIENT * resident(model, layout, zero >= 2)),
        bytes(type.optimizer() * resident(model, layout, zero >= 1)),
        bytes(activations(model, workload, layout, crowding)));
  }

  /** Parameters resident on a device, whether sharded among replicas or not. */
  static double resident(ArchitectureSizes model, Layout layout, boolean divided) {
    ParameterCount count = model.parameters();
    double dense = (double) count.dense() / layout.tensor();
    double routed = (double) count.routed() / (layout.experts() * layout.slices());
    return divided ? dense / layout.data() + routed / layout.replicas() : dense + routed;
  }

  private static double largestLayer(ArchitectureSizes model, Layout layout) {
    return model.groups().stream()
        .mapToDouble(
            g ->
                (double) g.dense() / layout.tensor()
                    + (double) g.routed() / (layout.experts() * layout.slices()))
        .max()
        .orElseThrow();
  }

  private static double activations(
      ArchitectureSizes model, Workload workload, Layout layout, double crowding) {
    long local = layout.localTokens(workload.sequence());
    double kept = 0; // numbers
    double largest = 0;
    for (LayerGroup group : model.groups()) {
      MoeSize moe = group.moe();
      double rows = moe == null ? 0 : workload.rows(moe, local) * crowding;
      double layer = group.share() * local * group.kept(model.dim(), rows, layout.slices());
      double input = group.share() * local * model.dim();
      kept += group.count() * (layout.recompute() ? input : layer);
      largest = Math.max(largest, layer);
    }
    if (layout.recompute()) {
      kept += largest; // the layer in its backward pass
    }
    double logits = model.outputShare() * local * model.vocabulary() * LOGIT;
    return workload.arithmetic().bytes() * kept + logits;
  }

  private static long bytes(double exact) {
    return (long) Math.ceil(exact);
  }

  /** Returns the sum of all categories. */
  public long total() {
    return weights + gradients + optimizer + activations;
  }
}
