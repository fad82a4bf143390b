package org.jmoe.planning;

import com.google.common.collect.ImmutableList;
import org.jmoe.planning.model.ArchitectureSizes;
import org.jmoe.planning.model.AttentionSize;
import org.jmoe.planning.model.LayerGroup;
import org.jmoe.planning.model.MoeSize;

/** A model and a cluster small enough to check by hand. */
final class Tiny {
  /**
   * Width 8, one layer: attention of 256 and a router of 32 parameters, 4 experts of 384, k = 2.
   */
  static final ArchitectureSizes MODEL = model(1);

  /** Two nodes of 4 devices with round speeds. */
  static final Cluster CLUSTER =
      Cluster.of(
          "toy",
          2,
          4,
          new Cluster.Memory(1_000_000, 1000),
          new Cluster.Flops(100, 0, 50),
          new Cluster.Links(40, 10));

  private Tiny() {}

  static ArchitectureSizes model(int layers) {
    AttentionSize attention = new AttentionSize(4, 256, 16, 32, 0, AttentionSize.Visibility.CAUSAL);
    MoeSize moe = new MoeSize(4, 2, 8, 4 * 384, 384, 32);
    LayerGroup group = new LayerGroup(layers, 1, attention, 16, 0, moe);
    return new ArchitectureSizes(
        "tiny", 8, new ArchitectureSizes.Outside(10, false, 0, 8), ImmutableList.of(group));
  }

  static Workload workload(double capacity, int zero) {
    return new Workload(64, 8, capacity, Arithmetic.BF16, zero, 0.5);
  }

  static Workload dropless() {
    return workload(Double.POSITIVE_INFINITY, 1);
  }

  /** Returns a layout on 8 devices. */
  static Layout layout(int experts, int slices, int tensor, boolean recompute) {
    return new Layout(experts, slices, 8 / tensor, tensor, 1, recompute);
  }
}
