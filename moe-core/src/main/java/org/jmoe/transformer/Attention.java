package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Precision;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * Self-attention of H heads over G key and value heads (Vaswani et al. 2017; grouped queries of
 * Ainslie et al. 2023), through the engine's fused operation.
 */
public final class Attention extends SelfAttention {
  private static final double ROTARY_BASE = 10_000;

  private final TransformerSpec spec;
  private final int layer;
  private final Parameter in; // (D, (H + 2 G) dh): queries, keys, values
  private final Parameter out; // (D, D)

  Attention(TransformerSpec spec, int layer, Seed seed) {
    super(seed);
    this.spec = spec;
    this.layer = layer;
    int dim = spec.dim();
    int columns = dim / spec.heads() * (spec.heads() + 2 * spec.kvHeads());
    in = weight("in", new Shape(dim, columns), 1 / Math.sqrt(dim));
    out = weight("out", new Shape(dim, dim), 1 / Math.sqrt(2.0 * dim * spec.layers()));
  }

  static long parameters(TransformerSpec spec) {
    long dim = spec.dim();
    return dim * (dim / spec.heads()) * (spec.heads() + 2L * spec.kvHeads()) + dim * dim;
  }

  @Override
  NDArray apply(
      ParameterStore ps,
      NDArray x,
      @Nullable NDArray padding,
      @Nullable KvCache cache,
      boolean training) {
    Precision precision = RecordingStore.precision(ps);
    NDList heads =
        Ops.heads(x, value(ps, in, x, training), spec.heads(), spec.kvHeads(), precision);
    NDArray q = heads.get(0); // (B, H, S, dh)
    NDArray k = heads.get(1); // (B, G, S, dh)
    NDArray v = heads.get(2); // (B, G, S, dh)
    if (spec.positions() == Positions.ROTARY) {
      int first = cache == null ? 0 : cache.length();
      q = Ops.rotate(q, ROTARY_BASE, first);
      k = Ops.rotate(k, ROTARY_BASE, first);
    }
    if (cache != null) {
      k = cache.appendKeys(layer, k); // (B, G, S', dh)
      v = cache.appendValues(layer, v); // (B, G, S', dh)
    }
    NDArray y =
        padding == null
            ? Ops.attention(q, k, v, spec.causal(), precision)
            : Ops.maskedAttention(q, k, v, Ops.seen(padding), spec.causal()); // (B, H, S, dh)
    return Ops.linear(Ops.mergeHeads(y), value(ps, out, x, training), precision); // (B, S, D)
  }
}
