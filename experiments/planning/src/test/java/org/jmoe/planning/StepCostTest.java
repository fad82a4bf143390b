package org.jmoe.planning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import org.jmoe.planning.model.ArchitectureSizes;
import org.jmoe.planning.model.LayerGroup;
import org.jmoe.planning.model.MoeSize;
import org.jmoe.planning.model.NamedArchitecture;
import org.jmoe.planning.model.NamedArchitectures;
import org.junit.jupiter.api.Test;

/** Step times against hand-computed values, for a one-layer model on devices with round numbers. */
final class StepCostTest {
  private static StepEstimate of(Workload work, Layout layout, double slowdown) {
    return new StepCost(Tiny.MODEL, Tiny.CLUSTER, work, layout).estimate(slowdown);
  }

  @Test
  void matmulTimeMatchesHandComputation() {
    // Per token: output 80, attention 256 + 16 * 4.5 positions, router 32, experts 2 * 384.
    double multiplyAdds = 80 + 256 + 72 + 32 + 768;
    assertEquals(2 * multiplyAdds, Tiny.MODEL.forwardFlops(8));
    StepEstimate step = of(Tiny.dropless(), Tiny.layout(4, 1, 1, false), 1);
    assertEquals(64, step.work().tokens());
    assertEquals(3 * 64 * 2 * multiplyAdds, step.work().modelFlops());
    // 8 tokens on each device, at half of 100 operations per second.
    assertEquals(3 * 8 * 2 * multiplyAdds / 50, step.times().compute(), 1e-9);
    StepEstimate again = of(Tiny.dropless(), Tiny.layout(4, 1, 1, true), 1);
    assertEquals(step.times().compute() * 4 / 3, again.times().compute(), 1e-9);
    assertEquals(step.work().modelFlops(), again.work().modelFlops());
    StepEstimate padded = of(Tiny.workload(2, 1), Tiny.layout(4, 1, 1, false), 1);
    assertEquals(3 * 8 * 2 * (multiplyAdds + 768) / 50, padded.times().compute(), 1e-9);
    assertEquals(step.work().modelFlops(), padded.work().modelFlops());
  }

  @Test
  void allToAllMatchesHandComputation() {
    // Each of 8 tokens sends 2 rows of 8 numbers of 2 bytes: 256 bytes per trip, four trips; of 4
    // ways three quarters leave the device.
    StepEstimate near = of(Tiny.dropless(), Tiny.layout(4, 1, 1, false), 1);
    assertEquals(768, near.allToAllBytes());
    assertEquals(768.0 / 40, near.times().allToAll(), 1e-9); // all within a node of 4
    assertEquals(1.5 * 768.0 / 40, of(Tiny.dropless(), near(), 1.5).times().allToAll(), 1e-9);
    // With a capacity all slots are sent: 4 rows per token.
    assertEquals(2 * 768, of(Tiny.workload(2, 1), near(), 1).allToAllBytes());
    assertEquals(0, of(Tiny.dropless(), Tiny.layout(1, 1, 1, false), 1).allToAllBytes());
    // Recomputation sends them once more in both directions.
    assertEquals(768 * 1.5, of(Tiny.dropless(), Tiny.layout(4, 1, 1, true), 1).allToAllBytes());
  }

  /** Latent experts at a quarter of the width send a quarter of the bytes and keep fewer values. */
  @Test
  void latentExpertsSendNarrowRows() {
    LayerGroup wide = Tiny.MODEL.groups().get(0);
    MoeSize moe = new MoeSize(4, 2, 2, 4 * 96, 96, 32 + 2 * 8 * 2);
    LayerGroup narrow = new LayerGroup(1, 1, wide.attention(), wide.norms(), 0, moe);
    ArchitectureSizes model =
        new ArchitectureSizes(
            "tiny", 8, new ArchitectureSizes.Outside(10, false, 0, 8), ImmutableList.of(narrow));
    StepEstimate step = new StepCost(model, Tiny.CLUSTER, Tiny.dropless(), near()).estimate(1);
    assertEquals(768.0 / 4, step.allToAllBytes());
    // Output 80, attention 256 + 72, router 32, projections 32, experts 2 * 96.
    assertEquals(2.0 * (80 + 256 + 72 + 32 + 32 + 192), model.forwardFlops(8));
    // 4 D, attention 32, router 2 E, projections 2 L, rows 2 L and 96 / 2 hidden numbers each.
    assertEquals(32 + 32 + 8 + 4 + 2 * (4 + 48), narrow.kept(8, 2, 1));
  }

  private static Layout near() {
    return Tiny.layout(4, 1, 1, false);
  }

  @Test
  void slowerLinkDeterminesTime() {
    Network network =
        new Network(Tiny.CLUSTER); // 40 bytes per second within nodes of 4, 10 between
    assertEquals(300.0 / 40, network.allToAll(400, 4, 1));
    assertEquals(400.0 / 10, network.allToAll(800, 8, 1)); // 300 inside, 400 outside
    assertEquals(100.0 / 40, network.allToAll(200, 2, 2)); // stride two, still one node
    assertEquals(100.0 / 10, network.allToAll(200, 2, 4)); // one in each node
    assertEquals(0, network.allToAll(200, 1, 1));
    assertEquals(300.0 / 40, network.ring(400, 4, 1));
    assertEquals(350.0 / 40, network.ring(400, 8, 1)); // four links between nodes equal one within
    assertEquals(300.0 / 20, network.ring(400, 4, 2)); // two per node
    assertEquals(200.0 / 10, network.ring(400, 2, 4));
    assertEquals(0, network.ring(400, 1, 1));
  }

  @Test
  void reductionsMatchHandComputation() {
    StepEstimate step = of(Tiny.dropless(), near(), 1);
    // Scattered gradients of 4 and gathered weights of 2 bytes: 472 dense over all 8, half of it
    // leaving each node at 4 * 10 bytes per second; one expert of 384 over 2, one in each node.
    assertEquals(6 * 472 * 7.0 / 8 / 40 + 6 * 384 / 2.0 / 10, step.times().gradients(), 1e-9);
    StepEstimate whole = of(Tiny.workload(Double.POSITIVE_INFINITY, 0), near(), 1);
    assertEquals(step.times().gradients() * 8 / 6, whole.times().gradients(), 1e-9);
    assertEquals(0, step.times().tensor());
    // Two ways: 4 replicas of 2 micro-batches each; attention reduces 8 tokens of 8 numbers of 2
    // bytes in each of two passes, and a ring of two sends half of them twice.
    Layout two = Tiny.layout(4, 1, 2, false);
    assertEquals(2, two.microBatches(Tiny.dropless()));
    assertEquals(2 * 4 * 128 / 2.0 / 40, of(Tiny.dropless(), two, 1).times().tensor(), 1e-9);
    // With slices, rows of both (4 tokens * 2 * 8 * 2 bytes each) are gathered and scattered too.
    Layout sliced = Tiny.layout(4, 2, 2, false);
    assertEquals(
        2 * (4 * 128 / 2.0 + 4 * 256 / 2.0) / 40,
        of(Tiny.dropless(), sliced, 1).times().tensor(),
        1e-9);
  }

  @Test
  void memoryTrafficMatchesHandComputation() {
    // Weights are read twice as 2 bytes and their gradients read and written once as 4; 200 values
    // per token cross five times; the update moves 30 bytes for each of the 251 parameters of a
    // shard.
    double micro = 856 * (2 * 2 + 8) + 8 * 200 * 2 * 5;
    assertEquals((micro + 30 * 251) / 1000, of(Tiny.dropless(), near(), 1).times().memory(), 1e-9);
  }

  @Test
  void slowestPartIsTheBottleneck() {
    StepEstimate step = of(Tiny.dropless(), near(), 1);
    assertEquals(StepEstimate.Part.COMPUTE, step.bound());
    assertEquals(
        step.times().compute()
            + step.times().memory()
            + step.times().allToAll()
            + step.times().gradients(),
        step.serial(),
        1e-9);
    assertEquals(step.times().compute(), step.overlapped());
    assertTrue(step.utilisation() < step.maxUtilisation());
    assertEquals(0.5, step.maxUtilisation(), 1e-9); // the matmul efficiency is the only limit
    Cluster slow =
        Cluster.of(
            "toy",
            2,
            4,
            new Cluster.Memory(1_000_000, 1000),
            new Cluster.Flops(1e9, 0, 50),
            new Cluster.Links(40, 10));
    StepEstimate fast = new StepCost(Tiny.MODEL, slow, Tiny.dropless(), near()).estimate(1);
    assertEquals(StepEstimate.Part.GRADIENTS, fast.bound());
    for (StepEstimate.Part part : StepEstimate.Part.values()) {
      assertTrue(fast.seconds(part) <= fast.seconds(fast.bound()));
    }
  }

  @Test
  void utilisationIsBoundedByMatmulEfficiency() {
    for (NamedArchitecture named : NamedArchitectures.all()) {
      Workload work = new Workload(1 << 22, named.sequence(), 1.25, Arithmetic.BF16, 1, 0.63);
      Cluster cluster = Cluster.of("64xH100");
      StepEstimate even =
          new StepCost(named.sizes(), cluster, work, new Layout(8, 1, 64, 1, 1, false)).estimate(1);
      assertTrue(even.maxUtilisation() <= 0.63, named.name());
      assertTrue(even.serial() >= even.overlapped());
    }
  }
}
