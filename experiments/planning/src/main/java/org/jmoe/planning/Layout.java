package org.jmoe.planning;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import org.jmoe.planning.model.ArchitectureSizes;
import org.jmoe.planning.model.MoeSize;

/**
 * Parallel layout of a model on N devices. Outside the experts {@code N = data * tensor}; experts
 * are laid out independently with {@code N = experts * slices * replicas}, as in Megatron-Core's
 * parallel folding (Liu et al. 2025, arXiv 2504.14960). Where tensor-parallel devices do not split
 * weights they split the sequence (Korthikanti et al. 2022), so each device contributes its own
 * tokens to the experts. There is no pipeline parallelism.
 *
 * @param experts degree of expert parallelism
 * @param slices tensor-parallel slices per expert: 1, or {@code tensor} if its hidden width is
 *     split too
 * @param data data-parallel replicas outside the experts
 * @param tensor degree of tensor parallelism
 * @param micro sequences per micro-batch of a replica
 * @param recompute whether the backward pass recomputes the activations of a layer from its input
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

  /** Returns a description: {@code ep 8, etp 1, dp 32, tp 2, micro 2, recomputed}. */
  public String text() {
    return "ep %d, etp %d, dp %d, tp %d, micro %d%s"
        .formatted(experts, slices, data, tensor, micro, recompute ? ", recomputed" : "");
  }

  /** Returns the total number of devices N. */
  public int devices() {
    return data * tensor;
  }

  /** Returns the number of replicas of each expert. */
  public int replicas() {
    return devices() / (experts * slices);
  }

  /** Returns the tokens per device that enter the experts of a layer in one micro-batch. */
  public long localTokens(int sequence) {
    return Math.max(1, (long) micro * sequence / tensor);
  }

  /** Returns the micro-batches per step. */
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
   * Returns every layout that divides evenly: tensor parallelism within a node, expert parallelism
   * dividing the experts of every layer, micro-batches of powers of two.
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
