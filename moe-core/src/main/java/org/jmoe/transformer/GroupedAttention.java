package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import org.jmoe.tensor.AttentionOps;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * Causal self-attention with the switches of published models: H heads of any width over G key and
 * value heads (Ainslie et al. 2023), biases, normalised queries and keys (Henry et al. 2020), a
 * clip (OLMo), a sliding window (Beltagy et al. 2020), sinks (gpt-oss) and scaled rotary positions.
 */
public final class GroupedAttention extends SelfAttention {
  /** Over what queries and keys are normalised. */
  public enum QueryNorm {
    /** They are not. */
    NONE,
    /** Each head (Qwen3). */
    HEAD,
    /** All heads together (OLMoE). */
    ALL
  }

  /**
   * Settings.
   *
   * @param heads query heads H
   * @param kvHeads key and value heads G, dividing H
   * @param headDim width dh of each
   * @param bias whether queries, keys and values have a bias
   * @param outBias whether the output has one
   * @param norm of queries and keys
   * @param epsilon of that normalisation
   * @param clip largest size of a number in queries, keys and values; infinity for none
   * @param window how many positions back a token sees, its own included; 0 for all
   * @param sinks whether each head has a logit without a value
   * @param rotary positions
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
      Rotary rotary)
      implements AttentionSpec {
    /** Checks the sizes. */
    public Spec {
      Preconditions.checkArgument(
          heads >= 1 && kvHeads >= 1 && heads % kvHeads == 0,
          "kvHeads = %s must divide heads = %s",
          kvHeads,
          heads);
      Preconditions.checkArgument(clip > 0, "clip must be above 0, not %s", clip);
      Preconditions.checkArgument(window >= 0, "window must be at least 0, not %s", window);
      Preconditions.checkArgument(
          rotary.width() == headDim, "all %s numbers of a head must be rotated", headDim);
    }

    /** Columns of queries, keys and values together. */
    public int columns() {
      return (heads + 2 * kvHeads) * headDim;
    }

    @Override
    public SelfAttention build(int dim, int layer, Seed seed) {
      return new GroupedAttention(this, dim, layer, seed);
    }

    @Override
    public long parameters(int dim) {
      long widths = (long) columns() + (long) heads * headDim;
      long biases = (bias ? columns() : 0) + (outBias ? dim : 0L);
      long norms =
          switch (norm) {
            case NONE -> 0;
            case HEAD -> 2L * headDim;
            case ALL -> (long) (heads + kvHeads) * headDim;
          };
      return dim * widths + biases + norms + (sinks ? heads : 0);
    }

    @Override
    public CacheShape cacheShape() {
      return new CacheShape(kvHeads, headDim, headDim);
    }

    @Override
    public long productsPerPosition() {
      return 2L * heads * headDim;
    }
  }

  private final Spec spec;
  private final int layer;
  private final Parameter in; // (D, (H + 2 G) dh): queries, keys, values
  private final @Nullable Parameter inBias; // ((H + 2 G) dh)
  private final Parameter out; // (H dh, D)
  private final @Nullable Parameter outBias; // (D)
  private final @Nullable Norm queryNorm; // (dh) or (H dh)
  private final @Nullable Norm keyNorm; // (dh) or (G dh)
  private final @Nullable Parameter sinks; // (H)

  private GroupedAttention(Spec spec, int dim, int layer, Seed seed) {
    super(seed);
    this.spec = spec;
    this.layer = layer;
    int width = spec.heads() * spec.headDim();
    in = weight("in", new Shape(dim, spec.columns()), 1 / Math.sqrt(dim));
    inBias = spec.bias() ? zeros("in_bias", new Shape(spec.columns())) : null;
    out = weight("out", new Shape(width, dim), 1 / Math.sqrt(width));
    outBias = spec.outBias() ? zeros("out_bias", new Shape(dim)) : null;
    boolean head = spec.norm() == QueryNorm.HEAD;
    queryNorm = norm("query_norm", head ? spec.headDim() : width);
    keyNorm = norm("key_norm", head ? spec.headDim() : spec.kvHeads() * spec.headDim());
    sinks = spec.sinks() ? zeros("sinks", new Shape(spec.heads())) : null;
  }

  private @Nullable Norm norm(String name, int width) {
    return spec.norm() == QueryNorm.NONE
        ? null
        : addChildBlock(name, new Norm(Norm.Kind.RMS, width, spec.epsilon(), seed().child(name)));
  }

  @Override
  NDArray apply(
      ParameterStore ps,
      NDArray x,
      @Nullable NDArray padding,
      @Nullable KvCache cache,
      boolean training) {
    NDArray bias = inBias == null ? null : value(ps, inBias, x, training);
    NDArray all = AttentionOps.affine(x, value(ps, in, x, training), bias); // (B, S, (H + 2 G) dh)
    long width = (long) spec.heads() * spec.headDim();
    long kvWidth = (long) spec.kvHeads() * spec.headDim();
    NDArray q = AttentionOps.columns(all, 0, width); // (B, S, H dh)
    NDArray k = AttentionOps.columns(all, width, kvWidth); // (B, S, G dh)
    NDArray v = AttentionOps.columns(all, width + kvWidth, kvWidth); // (B, S, G dh)
    int first = cache == null ? 0 : cache.length();
    q = spec.rotary().apply(split(ps, q, queryNorm, spec.heads(), training), first);
    k = spec.rotary().apply(split(ps, k, keyNorm, spec.kvHeads(), training), first);
    v = split(ps, v, null, spec.kvHeads(), training);
    if (cache != null) {
      k = cache.appendKeys(layer, k); // (B, G, S', dh)
      v = cache.appendValues(layer, v); // (B, G, S', dh)
    }
    NDArray sink = sinks == null ? null : value(ps, sinks, x, training); // (H)
    NDArray mask = CausalMask.of(q, k, spec.window(), padding, sink != null);
    double scale = 1 / Math.sqrt(spec.headDim());
    boolean causal = q.getShape().get(2) == k.getShape().get(2);
    NDArray y = AttentionOps.attend(q, k, v, mask, sink, scale, causal); // (B, H, S, dh)
    NDArray last = outBias == null ? null : value(ps, outBias, x, training);
    return AttentionOps.affine(Ops.mergeHeads(y), value(ps, out, x, training), last);
  }

  /** Normalised, clipped and split into heads: (B, S, H dh) as (B, H, S, dh). */
  private NDArray split(
      ParameterStore ps, NDArray x, @Nullable Norm norm, int heads, boolean training) {
    boolean all = spec.norm() == QueryNorm.ALL;
    NDArray normed = norm != null && all ? norm.apply(ps, x, training) : x;
    NDArray clipped =
        Double.isFinite(spec.clip()) ? AttentionOps.clip(normed, spec.clip()) : normed;
    NDArray split = AttentionOps.splitHeads(clipped, heads);
    return norm != null && !all ? norm.apply(ps, split, training) : split;
  }
}
