package org.jmoe.transformer;

import ai.djl.nn.Block;
import com.google.common.base.Preconditions;
import java.util.Collections;
import java.util.List;
import org.jmoe.layer.MoeLayer;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a transformer.
 *
 * @param vocabulary number of token ids V
 * @param context longest sequence
 * @param layers number of blocks
 * @param dim width D
 * @param heads query heads H, dividing D
 * @param kvHeads key and value heads G, dividing H
 * @param hidden width of the dense feed-forwards
 * @param activation of the dense feed-forwards
 * @param norm which normalisation
 * @param positions learned or rotary
 * @param causal whether a token sees only those before it (a language model), or all (a masked one)
 * @param tied whether the output product is the embedding's transpose
 * @param dropout on the output of each attention and feed-forward
 * @param moe the MoE layers; null for a dense model
 * @param moeFrom first layer with an MoE in place of the dense feed-forward
 * @param moeEvery 1 for all layers from there on, 2 for every other, and so on
 */
public record TransformerSpec(
    int vocabulary,
    int context,
    int layers,
    int dim,
    int heads,
    int kvHeads,
    int hidden,
    Activation activation,
    Norm.Kind norm,
    Positions positions,
    boolean causal,
    boolean tied,
    double dropout,
    MoeLayer.@Nullable Spec moe,
    int moeFrom,
    int moeEvery)
    implements ModelSpec {

  /** Checks the sizes. */
  public TransformerSpec {
    positive(vocabulary, "vocabulary");
    positive(context, "context");
    positive(layers, "layers");
    positive(dim, "dim");
    positive(heads, "heads");
    positive(kvHeads, "kvHeads");
    positive(hidden, "hidden");
    positive(moeEvery, "moeEvery");
    Preconditions.checkArgument(
        dim % heads == 0, "heads = %s must divide dim = %s; use one that does", heads, dim);
    Preconditions.checkArgument(
        heads % kvHeads == 0, "kvHeads = %s must divide heads = %s", kvHeads, heads);
    Preconditions.checkArgument(
        positions != Positions.ROTARY || dim / heads % 2 == 0,
        "rotary positions need an even head width, not dim / heads = %s",
        dim / heads);
    Preconditions.checkArgument(
        dropout >= 0 && dropout < 1, "dropout must be at least 0 and below 1, not %s", dropout);
    Preconditions.checkArgument(
        !causal || moe == null || moe.router().causal(),
        "router %s is not causal: its decisions depend on later tokens; choose another router or"
            + " capacity order, or wrap it in AllowNonCausal",
        moe == null ? "" : moe.router());
    Preconditions.checkArgument(moeFrom >= 0, "moeFrom must be at least 0, not %s", moeFrom);
    if (moe != null) {
      moe.requireFits(dim);
    }
  }

  private static void positive(int value, String name) {
    Preconditions.checkArgument(value >= 1, "%s must be at least 1, not %s", name, value);
  }

  /** Whether a layer, counted from 0, is an MoE layer. */
  public boolean isMoe(int layer) {
    return moe != null && layer >= moeFrom && (layer - moeFrom) % moeEvery == 0;
  }

  /** The same with other MoE layers, in the places where MoE layers go. */
  public TransformerSpec withMoe(MoeLayer.Spec other) {
    return new TransformerSpec(
        vocabulary,
        context,
        layers,
        dim,
        heads,
        kvHeads,
        hidden,
        activation,
        norm,
        positions,
        causal,
        tied,
        dropout,
        other,
        moeFrom,
        moeEvery);
  }

  @Override
  public boolean hasMoe() {
    return moe != null && moeFrom < layers;
  }

  @Override
  public DecoderBlock block(int layer, Seed seed) {
    return new DecoderBlock(
        new DecoderBlock.Frame(norm, dim, epsilon(), dropout, true),
        new Attention(this, layer, seed.child("attention")),
        feedForward(layer, seed),
        seed);
  }

  @Override
  public List<CacheShape> cacheShapes() {
    return Collections.nCopies(layers, new CacheShape(kvHeads, dim / heads, dim / heads));
  }

  /** The feed-forward of a layer. */
  Block feedForward(int layer, Seed seed) {
    MoeLayer.Spec spec = moe;
    return spec != null && isMoe(layer)
        ? spec.build(dim, seed.child("moe"))
        : new FeedForward(dim, hidden, activation, seed.child("feed_forward"));
  }

  @Override
  public long parameters() {
    return count(false);
  }

  @Override
  public long activeParameters() {
    return count(true);
  }

  private long count(boolean active) {
    long embeddings = (long) vocabulary * dim;
    long total = embeddings + norm.parameters(dim) + (tied ? 0 : embeddings);
    total += positions == Positions.LEARNED ? (long) context * dim : 0;
    total += causal ? 0 : MaskedHead.parameters(this);
    for (int layer = 0; layer < layers; layer++) {
      total += Attention.parameters(this) + 2 * norm.parameters(dim);
      if (moe == null || !isMoe(layer)) {
        total += FeedForward.parameters(dim, hidden, activation);
      } else {
        total += active ? moe.activeParameters(dim) : moe.parameters(dim);
      }
    }
    return total;
  }

  /**
   * Floating-point operations of the forward pass for one token of a sequence of full context: two
   * for each active weight outside the embeddings of tokens and positions, which are looked up, and
   * attention's two products over the mean number of positions seen.
   */
  public long flopsPerToken() {
    long lookups = (long) vocabulary * dim * (tied ? 0 : 1);
    lookups += positions == Positions.LEARNED ? (long) context * dim : 0;
    long seen = causal ? (context + 1) / 2 : context;
    return 2 * (activeParameters() - lookups) + 4L * layers * dim * seen;
  }
}
