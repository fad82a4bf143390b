package org.jmoe.transformer.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import org.jmoe.block.Norm;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.AttentionOps;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Precision;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;
import org.jmoe.tensor.TransformerOps;
import org.jspecify.annotations.Nullable;

/**
 * Self-attention with H query heads and G key/value heads (Vaswani et al. 2017; grouped-query
 * attention, Ainslie et al. 2023), with the options of published models: custom head width, biases,
 * normalized queries and keys (Henry et al. 2020), clipping (OLMo), a sliding window (Beltagy et
 * al. 2020), attention sinks (gpt-oss). Without options it uses the engine's fused kernels.
 */
public final class GroupedAttention extends SelfAttention {
  /**
   * Settings.
   *
   * @param heads query heads H
   * @param kvHeads key and value heads G, a divisor of H
   * @param headDim head width dh; 0 for D / H
   * @param bias whether queries, keys and values have a bias
   * @param outBias whether the output projection has a bias
   * @param norm normalization of queries and keys
   * @param epsilon of that normalization
   * @param clip maximum absolute value of queries, keys and values; infinity for none
   * @param window size of the sliding window, including a token's own position; 0 for unlimited
   * @param sinks whether each head has a learned sink logit
   * @param gated whether the output is multiplied by {@code sigmoid(x W)} (Trinity)
   * @param scoreFactor factor on the scores in addition to 1 / sqrt(dh); 1 for none
   * @param rotary rotary position embeddings; null for none
   */
  public record Spec(
      int heads,
      int kvHeads,
      int headDim,
      boolean bias,
      boolean outBias,
      QueryNorm norm,
      double epsilon,
      double clip,
      int window,
      boolean sinks,
      boolean gated,
      double scoreFactor,
      @Nullable Rotary rotary)
      implements AttentionSpec {
    /** Checks the sizes. */
    public Spec {
      Preconditions.checkArgument(
          heads >= 1 && kvHeads >= 1 && heads % kvHeads == 0,
          "kvHeads = %s must divide heads = %s",
          kvHeads,
          heads);
      Preconditions.checkArgument(headDim >= 0, "headDim must be at least 0, not %s", headDim);
      Preconditions.checkArgument(
          clip > 0 && (clip <= Float.MAX_VALUE || Double.isInfinite(clip)),
          "clip must be above 0 and a float32, or infinite for none, not %s",
          clip);
      Preconditions.checkArgument(
          epsilon >= 0 && Double.isFinite(epsilon),
          "epsilon must be finite and at least 0, not %s",
          epsilon);
      Preconditions.checkArgument(window >= 0, "window must be at least 0, not %s", window);
      Preconditions.checkArgument(
          scoreFactor > 0 && Double.isFinite(scoreFactor),
          "scoreFactor must be above 0 and finite, not %s",
          scoreFactor);
    }

    /** Creates settings with heads of width D / H, rotary base 10000 and no options. */
    public static Spec of(int heads, int kvHeads) {
      return builder(heads, kvHeads).build();
    }

    /** Returns a builder with the settings of {@link #of}. */
    public static GroupedAttentionBuilder builder(int heads, int kvHeads) {
      return new GroupedAttentionBuilder(heads, kvHeads);
    }

    /** Returns the head width dh in a model of width D. */
    public int headWidth(int dim) {
      return headDim == 0 ? dim / heads : headDim;
    }

    /** Returns the total number of columns of queries, keys and values. */
    public int columns(int dim) {
      return (heads + 2 * kvHeads) * headWidth(dim);
    }

    @Override
    public SelfAttention build(BlockContext context, Seed seed) {
      return new GroupedAttention(this, context, seed);
    }

    @Override
    public void requireFits(int dim, boolean causal) {
      Preconditions.checkArgument(
          headDim > 0 || dim % heads == 0,
          "heads = %s must divide dim = %s; otherwise set headDim",
          heads,
          dim);
      if (rotary != null) {
        rotary.requireFits(headWidth(dim));
      }
    }

    @Override
    public boolean dependsOnLength(int maximum) {
      return rotary != null && rotary.scaling().dependsOnLength(maximum);
    }

    @Override
    public long parameters(int dim) {
      long width = headWidth(dim);
      long weights = Math.multiplyExact(dim, columns(dim) + (gated ? 2L : 1L) * heads * width);
      long biases = (bias ? columns(dim) : 0) + (outBias ? dim : 0L);
      long norms =
          switch (norm) {
            case NONE -> 0;
            case HEAD -> 2 * width;
            case ALL -> (heads + kvHeads) * width;
          };
      return weights + biases + norms + (sinks ? heads : 0);
    }

    @Override
    public CacheShape cacheShape(int dim) {
      return new CacheShape(kvHeads, headWidth(dim), headWidth(dim));
    }

    @Override
    public long multiplyAddsPerPosition(int dim) {
      return 2L * heads * headWidth(dim);
    }

    /** Counts queries, keys, values and output. */
    @Override
    public long activations(int dim) {
      return columns(dim) + (gated ? 2L : 1L) * heads * headWidth(dim);
    }
  }

  private final Spec spec;
  private final BlockContext context;
  private final Parameter in; // (D, (H + 2 G) dh): queries, keys, values
  private final @Nullable Parameter inBias; // ((H + 2 G) dh)
  private final Parameter out; // (H dh, D)
  private final @Nullable Parameter outBias; // (D)
  private final HeadNorms norms;
  private final @Nullable Parameter sinks; // (H)
  private final @Nullable Parameter gate; // (D, H dh)

  private GroupedAttention(Spec spec, BlockContext context, Seed seed) {
    super(seed);
    this.spec = spec;
    this.context = context;
    int dim = context.dim();
    int headDim = spec.headWidth(dim);
    int width = spec.heads() * headDim;
    in = weight("in", new Shape(dim, spec.columns(dim)), 1 / Math.sqrt(dim));
    inBias = spec.bias() ? zeros("in_bias", new Shape(spec.columns(dim))) : null;
    out = weight("out", new Shape(width, dim), context.residualStd(width));
    outBias = spec.outBias() ? zeros("out_bias", new Shape(dim)) : null;
    boolean head = spec.norm() == QueryNorm.HEAD;
    norms =
        new HeadNorms(
            spec,
            norm("query_norm", head ? headDim : width),
            norm("key_norm", head ? headDim : spec.kvHeads() * headDim));
    sinks = spec.sinks() ? zeros("sinks", new Shape(spec.heads())) : null;
    gate = spec.gated() ? weight("gate", new Shape(dim, width), 1 / Math.sqrt(dim)) : null;
  }

  private @Nullable Norm norm(String name, int width) {
    Norm.Spec rms = new Norm.Spec(Norm.Kind.RMS, spec.epsilon());
    return spec.norm() == QueryNorm.NONE
        ? null
        : addChildBlock(name, rms.build(width, seed().child(name)));
  }

  @Override
  public NDArray apply(
      ParameterStore ps, NDArray x, NDList side, @Nullable KvCache cache, boolean training) {
    NDList heads = heads(ps, x, training);
    NDArray q = heads.get(0); // (B, H, S, dh)
    NDArray k = heads.get(1); // (B, G, S, dh)
    NDArray v = heads.get(2); // (B, G, S, dh)
    Rotary rotary = spec.rotary();
    if (rotary != null) {
      int first = cache == null ? 0 : cache.length();
      NDArray positions = side.get(Documents.POSITIONS);
      q = rotary.apply(q, first, positions);
      k = rotary.apply(k, first, positions);
    }
    q = spec.scoreFactor() == 1 ? q : Ops.scale(q, spec.scoreFactor());
    if (cache != null) {
      k = cache.appendKeys(context.layer(), k); // (B, G, S', dh)
      v = cache.appendValues(context.layer(), v); // (B, G, S', dh)
    }
    NDArray y = attend(ps, q, k, v, side, training); // (B, H, S, dh)
    NDArray merged = TransformerOps.mergeHeads(y); // (B, S, H dh)
    if (gate != null) {
      merged = merged.mul(RoutingOps.sigmoid(linear(ps, x, gate, null, training)));
    }
    return linear(ps, merged, out, outBias, training);
  }

  /** Returns queries (B, H, S, dh), keys and values (B, G, S, dh) before rotary embeddings. */
  private NDList heads(ParameterStore ps, NDArray x, boolean training) {
    if (inBias == null && spec.norm() == QueryNorm.NONE && Double.isInfinite(spec.clip())) {
      Precision precision = RecordingStore.precision(ps);
      NDArray weight = value(ps, in, x, training);
      return TransformerOps.heads(x, weight, spec.heads(), spec.kvHeads(), precision);
    }
    NDArray all = linear(ps, x, in, inBias, training); // (B, S, (H + 2 G) dh)
    return norms.heads(ps, all, spec.headWidth(context.dim()), training);
  }

  private NDArray attend(
      ParameterStore ps, NDArray q, NDArray k, NDArray v, NDList side, boolean training) {
    Precision precision = RecordingStore.precision(ps);
    NDArray padding = side.get("padding");
    boolean together = side.get(Documents.NAME) == null;
    if (together && sinks == null && (spec.window() == 0 || spec.window() >= k.getShape().get(2))) {
      return padding == null
          ? TransformerOps.attention(q, k, v, context.causal(), precision)
          : TransformerOps.maskedAttention(
              q, k, v, TransformerOps.paddingMask(padding), context.causal());
    }
    NDArray sink = sinks == null ? null : value(ps, sinks, q, training); // (H)
    NDArray mask = AttentionMask.of(q, k, context.causal(), spec.window(), side, sink != null);
    double scale = 1 / Math.sqrt(spec.headWidth(context.dim()));
    return AttentionOps.attend(
        q, k, v, mask, sink, new AttentionOps.Scores(scale, false, precision));
  }
}
