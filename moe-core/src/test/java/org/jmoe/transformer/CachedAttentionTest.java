package org.jmoe.transformer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.List;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.BatchScope;
import org.jmoe.testing.Tensors;
import org.jmoe.transformer.attention.AttentionSpec;
import org.jmoe.transformer.attention.BlockContext;
import org.jmoe.transformer.attention.GroupedAttention;
import org.jmoe.transformer.attention.KvCache;
import org.jmoe.transformer.attention.LatentAttention;
import org.jmoe.transformer.attention.QueryNorm;
import org.jmoe.transformer.attention.Rotary;
import org.jmoe.transformer.attention.RotaryScaling;
import org.jmoe.transformer.attention.SelfAttention;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Attention with a key/value cache equals attention over the full sequence. */
final class CachedAttentionTest {
  private static final int DIM = 12;
  private static final int LENGTH = 9;

  @RegisterExtension final BatchScope scope = new BatchScope();

  static List<AttentionSpec> specs() {
    return List.of(
        grouped(1, 0, false),
        grouped(2, 0, false),
        grouped(4, 0, false),
        grouped(2, 3, false),
        grouped(2, 0, true),
        grouped(2, 3, true),
        LatentAttention.Spec.of(4, 5, 3, 2, 7),
        LatentAttention.Spec.of(3, 4, 5, 4, 2).withQueryRank(6).withBias(true),
        LatentAttention.Spec.of(1, 8, 2, 2, 4));
  }

  private static AttentionSpec grouped(int kvHeads, int window, boolean sinks) {
    return GroupedAttention.Spec.builder(4, kvHeads)
        .headDim(6)
        .bias(true, false)
        .norm(QueryNorm.HEAD, 1e-6)
        .window(window)
        .sinks(sinks)
        .rotary(Rotary.upstream(4, 10_000, false, new RotaryScaling.None())) // 4 of 6
        .build();
  }

  /** Token by token, a prefill followed by single tokens, and two chunks. */
  @ParameterizedTest
  @MethodSource("specs")
  void equalsTheFullSequence(AttentionSpec spec) {
    SelfAttention attention = built(spec);
    for (int batch : new int[] {1, 3}) {
      NDArray x = numbers(batch); // (B, S, D)
      ParameterStore ps = new ParameterStore(scope.manager(), false);
      double[] whole = Tensors.doubles(attention.forward(ps, new NDList(x), false).head());
      for (int[] cuts : new int[][] {{1}, {4, 1}, {4, 3, 2}}) {
        Tensors.assertClose(whole, inParts(attention, spec, x, cuts), 2e-6);
      }
    }
  }

  private SelfAttention built(AttentionSpec spec) {
    SelfAttention attention = spec.build(new BlockContext(DIM, 0, 1, true), Seed.of(5));
    attention.initialize(scope.manager(), DataType.FLOAT32, new Shape(1, LENGTH, DIM));
    return attention;
  }

  private NDArray numbers(int batch) {
    double[] values = Tensors.random(batch, batch * LENGTH * DIM);
    return Tensors.of(scope.manager(), DataType.FLOAT32, values, batch, LENGTH, DIM);
  }

  /** Cuts are lengths of chunks; the last one repeats. */
  private NDArray inParts(SelfAttention attention, AttentionSpec spec, NDArray x, int[] cuts) {
    ParameterStore ps = new ParameterStore(scope.manager(), false);
    int batch = Math.toIntExact(x.getShape().get(0));
    try (KvCache cache =
        new KvCache(scope.manager(), List.of(spec.cacheShape(DIM)), batch, LENGTH)) {
      NDArray all = null;
      for (int part = 0; cache.length() < LENGTH; part++) {
        int length = cuts[Math.min(part, cuts.length - 1)];
        String range = ":, " + cache.length() + ":" + (cache.length() + length);
        NDArray y = attention.apply(ps, x.get(range), new NDList(), cache, false); // (B, n, D)
        cache.advance(length);
        all = all == null ? y : all.concat(y, 1);
      }
      assertEquals(LENGTH, cache.length());
      return all == null ? x : all;
    }
  }
}
