package org.jmoe.planning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jmoe.planning.model.NamedArchitecture;
import org.jmoe.planning.model.NamedArchitectures;
import org.junit.jupiter.api.Test;

/** Memory estimates against hand-computed values, and their monotonicity. */
final class MemoryEstimateTest {
  // Dense: two embeddings of 80, attention 256, router 32, norms 16 + 8: 472. Routed: 4 * 384 =
  // 1536.
  private static final long DENSE = 472;
  private static final long ROUTED = 1536;

  private static MemoryEstimate of(int zero, Layout layout) {
    return MemoryEstimate.of(Tiny.MODEL, Tiny.workload(Double.POSITIVE_INFINITY, zero), layout, 1);
  }

  @Test
  void partsMatchHandComputation() {
    assertEquals(472, Tiny.MODEL.parameters().dense());
    assertEquals(1536, Tiny.MODEL.parameters().routed());
    Layout layout = Tiny.layout(4, 1, 1, false); // each expert on 2 of 8 devices
    long each = DENSE + ROUTED / 4; // 856
    long shard = DENSE / 8 + ROUTED / 4 / 2; // 251
    MemoryEstimate plain = of(0, layout);
    assertEquals(2 * each, plain.weights());
    assertEquals(4 * each, plain.gradients());
    assertEquals(12 * each, plain.optimizer());
    assertEquals(12 * shard, of(1, layout).optimizer());
    assertEquals(4 * each, of(1, layout).gradients());
    assertEquals(4 * shard, of(2, layout).gradients());
    assertEquals(2 * each, of(2, layout).weights());
    // Stage 3 keeps its shard and the layer being computed: 256 + 32 + 16 dense, one expert.
    assertEquals(2 * shard + 2 * (304 + 384), of(3, layout).weights());
  }

  @Test
  void activationsMatchHandComputation() {
    // Per token: 4 * 8 around attention and experts, 32 in attention, 2 * 4 in the router, and for
    // each of 2 rows 2 * 8 outside and 384 / 8 = 48 inside the expert: 200 values of 2 bytes.
    // Logits per token: 10 of 8 bytes.
    assertEquals(8 * (200 * 2 + 80), of(1, Tiny.layout(4, 1, 1, false)).activations());
    // With recomputation, the layer is kept once more, plus its input of 8.
    assertEquals(8 * ((200 + 8) * 2 + 80), of(1, Tiny.layout(4, 1, 1, true)).activations());
    // 2-way tensor parallelism halves everything.
    assertEquals(4 * (200 * 2 + 80), of(1, Tiny.layout(4, 1, 2, false)).activations());
    // With each expert in two slices, a device has the rows of both: 2 * 2 * 8 more values.
    assertEquals(4 * (232 * 2 + 80), of(1, Tiny.layout(4, 2, 2, false)).activations());
    // Twice the mean on the busiest device: 2 * (16 + 48) more.
    MemoryEstimate crowded =
        MemoryEstimate.of(Tiny.MODEL, Tiny.dropless(), Tiny.layout(4, 1, 1, false), 2);
    assertEquals(8 * (328 * 2 + 80), crowded.activations());
  }

  @Test
  void emptySlotsTakeMemory() {
    // 8 tokens of 2 choices over 4 experts with factor 2 are 8 slots each, 32 / 8 rows per token.
    MemoryEstimate padded =
        MemoryEstimate.of(Tiny.MODEL, Tiny.workload(2, 1), Tiny.layout(4, 1, 1, false), 1);
    assertEquals(8 * ((32 + 32 + 8 + 4 * 64) * 2 + 80), padded.activations());
  }

  @Test
  void float32UsesMoreMemory() {
    Workload floats = new Workload(64, 8, Double.POSITIVE_INFINITY, Arithmetic.FP32, 0, 0.5);
    MemoryEstimate memory = MemoryEstimate.of(Tiny.MODEL, floats, Tiny.layout(1, 1, 1, false), 1);
    assertEquals(4 * 2008, memory.weights());
    assertEquals(4 * 2008, memory.gradients());
    assertEquals(8 * 2008, memory.optimizer());
    assertEquals(8 * (200 * 4 + 80), memory.activations());
    assertEquals(
        memory.weights() + memory.gradients() + memory.optimizer() + memory.activations(),
        memory.total());
  }

  @Test
  void parallelismNeverIncreasesMemory() {
    for (NamedArchitecture named : NamedArchitectures.all()) {
      Workload work = new Workload(1 << 22, 512, Double.POSITIVE_INFINITY, Arithmetic.BF16, 1, 0.5);
      long before = Long.MAX_VALUE;
      for (int ways = 1; ways <= 8; ways *= 2) {
        Layout layout = new Layout(ways, 1, 64, 1, 1, false);
        long weights = MemoryEstimate.of(named.sizes(), work, layout, 1).weights();
        assertTrue(weights < before, named.name());
        before = weights;
      }
      long plain = Long.MAX_VALUE;
      for (int zero = 0; zero <= 3; zero++) {
        Workload staged =
            new Workload(1 << 22, 512, Double.POSITIVE_INFINITY, Arithmetic.BF16, zero, 0.5);
        long total =
            MemoryEstimate.of(named.sizes(), staged, new Layout(8, 1, 64, 1, 1, true), 1).total();
        assertTrue(total < plain, named.name() + zero);
        plain = total;
      }
    }
  }
}
