package org.jmoe.planning;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import org.jmoe.planning.model.ArchitectureSizes;
import org.jmoe.planning.model.MoeSize;

/**
 * How a model lies on N devices. Outside the experts {@code N = data * tensor}; experts lie apart
 * from that on {@code N = experts * slices * replicas}, as Megatron-Core's folding does (Liu et al.
 * 2025, arXiv 2504.14960). Tensor-parallel devices divide a sequence where they do not divide
 * weights (Korthikanti et al. 2022), so that each device brings its own tokens to the experts.
 * There is no pipeline.
 *
 * @param experts ways of expert parallelism
 * @param slices of each expert: 1, or tensor where its hidden width is divided too
 * @param data replicas outside the experts
 * @param tensor ways of tensor parallelism
 * @param micro sequences of a replica's micro-batch
 * @param recompute whether the backward pass computes a layer's activations again from its input
 */
public record Layout(int experts, int slices, int data, int tensor, int micro, boolean recompute) {
  /** Checks the sizes. */
  public Layout {
    Preconditions.checkArgument(
        experts >= 1 && data >= 1 && tensor >= 1 && micro >= 1,
        "all ways and micro must be at least 1, not %s, %s, %s, %s",
        experts,
        data,
        tensor,
        micro);
    Preconditions.checkArgument(
        slices == 1 || slices == tensor, "slices must be 1 or tensor = %s, not %s", tensor, slices);
    Preconditions.checkArgument(
        data * tensor % (experts * slices) == 0,
        "experts * slices = %s must divide the %s devices",
        experts * slices,
        data * tensor);
  }

  /** For people: {@code ep 8, etp 1, dp 32, tp 2, micro 2, recomputed}. */
  public String text() {
    return "ep %d, etp %d, dp %d, tp %d, micro %d%s"
        .formatted(experts, slices, data, tensor, micro, recompute ? ", recomputed" : "");
  }

  /** All devices N. */
  public int devices() {
    return data * tensor;
  }

  /** Replicas of each expert. */
  public int replicas() {
    return devices() / (experts * slices);
  }

  /** Tokens that a device brings to the experts of a layer in a micro-batch. */
  public long localTokens(int sequence) {
    return Math.max(1, (long) micro * sequence / tensor);
  }

  /** Micro-batches of a step. */
  public long microBatches(Workload workload) {
    return ceil(workload.sequences(), (long) data * micro);
  }

  private static long ceil(long a, long b) {
    return Math.floorDiv(a + b - 1, b);
  }

  private static int most(ArchitectureSizes model) {
    MoeSize moe = model.moe();
    return moe == null ? 1 : moe.experts();
  }

  /**
   * Every layout that divides evenly: tensor parallelism within a node, expert parallelism over all
   * experts of every layer, micro-batches of powers of two.
   */
  static ImmutableList<Layout> all(ArchitectureSizes model, Cluster cluster, Workload workload) {
    ImmutableList.Builder<Layout> layouts = ImmutableList.builder();
    for (int tensor = 1; tensor <= cluster.devicesPerNode(); tensor *= 2) {
      if (cluster.devicesPerNode() % tensor == 0 && model.headsDivideBy(tensor)) {
        for (int experts = 1; experts <= Math.min(cluster.size(), most(model)); experts++) {
          if (model.expertsDivideBy(experts)) {
            add(layouts, experts, 1, tensor, cluster.size(), workload);
            if (tensor > 1 && model.moe() != null) {
              add(layouts, experts, tensor, tensor, cluster.size(), workload);
            }
          }
        }
      }
    }
    return layouts.build();
  }

  private static void add(
      ImmutableList.Builder<Layout> layouts,
      int experts,
      int slices,
      int tensor,
      int devices,
      Workload workload) {
    if (devices % (experts * slices) != 0) {
      return;
    }
    int data = devices / tensor;
    for (int micro = 1; (long) data * micro <= workload.sequences(); micro *= 2) {
      layouts.add(new Layout(experts, slices, data, tensor, micro, false));
      layouts.add(new Layout(experts, slices, data, tensor, micro, true));
    }
  }
}
