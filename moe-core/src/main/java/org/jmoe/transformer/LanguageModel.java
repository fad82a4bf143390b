package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jmoe.block.Norm;
import org.jmoe.block.ShapedBlock;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.Axes;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Precision;
import org.jmoe.tensor.Seed;
import org.jmoe.tensor.TransformerOps;
import org.jmoe.transformer.attention.Documents;
import org.jmoe.transformer.attention.KvCache;
import org.jspecify.annotations.Nullable;

/**
 * A transformer from token ids (B, S) of int64 to logits (B, S, V): a language model if causal, a
 * masked language model with BERT's head if bidirectional. The optional input {@code padding}, (B,
 * S) of boolean, is true for tokens that are neither attended to nor routed.
 */
public final class LanguageModel extends ShapedBlock {
  private static final double EMBEDDING_STD = 0.02;

  private final ModelSpec spec;
  private final Parameter embedding; // (V, D)
  private final @Nullable Parameter positions; // (L, D)
  private final List<DecoderBlock> blocks = new ArrayList<>();
  private final Norm norm;
  private final @Nullable MaskedHead head;
  private final @Nullable Parameter output; // (D, V)
  private final ImmutableList<Parameter> base;
  private final @Nullable LowRank lowRank;

  LanguageModel(ModelSpec spec, LowRank.@Nullable Spec changes, Seed seed) {
    super(seed);
    this.spec = spec;
    int dim = spec.dim();
    embedding = weight("embedding", new Shape(spec.vocabulary(), dim), EMBEDDING_STD);
    positions =
        spec.learnedPositions()
            ? weight("positions", new Shape(spec.context(), dim), EMBEDDING_STD)
            : null;
    for (DecoderBlock.Spec each : spec.blocks()) {
      Seed child = seed.child("layers").child(blocks.size());
      blocks.add(addChildBlock("layer", new DecoderBlock(spec, each, blocks.size(), child)));
    }
    norm = addChildBlock("norm", spec.norm().build(dim, seed.child("norm")));
    head =
        spec.causal()
            ? null
            : addChildBlock("head", new MaskedHead(spec.norm(), dim, seed.child("head")));
    output =
        spec.tied() ? null : weight("output", new Shape(dim, spec.vocabulary()), EMBEDDING_STD);
    base = ImmutableList.copyOf(getParameters().values());
    String prefix = seed.path().isEmpty() ? "" : seed.path() + "/";
    lowRank =
        changes == null
            ? null
            : addChildBlock("low_rank", new LowRank(changes, base, prefix, seed.child("low_rank")));
  }

  /** Returns the parameters without low-rank adapters. */
  public List<Parameter> baseParameters() {
    return base;
  }

  /** Returns the low-rank adapters; null for none. */
  public @Nullable LowRank lowRank() {
    return lowRank;
  }

  /** Returns the number of parameters, including low-rank adapters. */
  public long parameterCount() {
    return lowRank == null
        ? spec.parameters()
        : getParameters().values().stream().mapToLong(each -> each.getShape().size()).sum();
  }

  /** Returns the settings of the model, without low-rank adapters. */
  public ModelSpec spec() {
    return spec;
  }

  /** Creates an empty cache for the full context, owned by the manager. */
  public KvCache newCache(NDManager manager, int sequences) {
    return newCache(manager, sequences, spec.context());
  }

  /** Creates an empty cache for a number of positions. */
  public KvCache newCache(NDManager manager, int sequences, int positions) {
    Preconditions.checkState(spec.causal(), "key/value caching requires a causal model");
    return new KvCache(manager, spec.cacheShapes(), sequences, positions);
  }

  /**
   * Returns the logits after each token.
   *
   * @param ids (B, S) of int64 in [0, V)
   * @param padding (B, S) of boolean; null for none
   * @param cache of the preceding positions, advanced by S; null for none
   * @return (B, S, V)
   */
  public NDArray logits(
      ParameterStore store,
      NDArray ids,
      @Nullable NDArray padding,
      @Nullable KvCache cache,
      boolean training) {
    NDArray x = embed(store, ids, cache == null ? 0 : cache.length(), training); // (B, S, D)
    ParameterStore ps = // in training, only a recording knows the seed
        training ? adapted(store) : RecordingStore.carrying(adapted(store));
    NDList side = side(ps, ids, padding);
    for (DecoderBlock block : blocks) {
      x = block.apply(ps, x, side, cache, training); // (B, S, D)
    }
    if (cache != null) {
      cache.advance(Math.toIntExact(ids.getShape().get(1)));
    }
    return head(store, x, training); // (B, S, V)
  }

  /**
   * The first stage of {@link #logits}: the input of the first layer.
   *
   * @param ids (B, S) of int64 in [0, V)
   * @param first position of the first token
   * @return (B, S, D)
   */
  public NDArray embed(ParameterStore store, NDArray ids, int first, boolean training) {
    ParameterStore ps = adapted(store);
    Axes.require(ids, "ids", "B S", -1, -1);
    int length = Math.toIntExact(ids.getShape().get(1));
    Preconditions.checkArgument(
        spec.extrapolates() || first + length <= spec.context(),
        "a sequence of %s tokens exceeds the context of %s",
        first + length,
        spec.context());
    TokenIds.require(ids, spec.vocabulary());
    NDArray weight = value(ps, embedding, ids, training); // (V, D)
    NDArray x = norm.like(ps, Ops.rowsOf(ids, weight), training); // (B, S, D)
    x = Multipliers.times(x, spec.multipliers().embedding());
    if (positions != null) {
      NDArray at = documents(ps, ids).get(Documents.POSITIONS); // (B, S)
      if (at == null) {
        at = ids.getManager().arange(first, first + length, 1, DataType.INT64); // (S)
      }
      x = x.add(Ops.rowsOf(at, value(ps, positions, ids, training))); // (B, S, D)
    }
    return x;
  }

  /**
   * Computes one layer, between {@link #embed} and {@link #head}.
   *
   * @param layer index from 0
   * @param x (B, S, D), output of the previous stage
   * @param ids (B, S), without padding
   * @return (B, S, D)
   */
  public NDArray layer(ParameterStore store, int layer, NDArray x, NDArray ids, boolean training) {
    ParameterStore ps = adapted(store);
    return blocks.get(layer).apply(ps, x, side(ps, ids, null), null, training);
  }

  /**
   * The last stage of {@link #logits}.
   *
   * @param x (B, S, D), output of the last layer
   * @return (B, S, V)
   */
  public NDArray head(ParameterStore store, NDArray x, boolean training) {
    ParameterStore ps = adapted(store);
    NDArray y = norm.apply(ps, x, training); // (B, S, D)
    if (head != null) {
      y = head.forward(ps, new NDList(y), training).head();
    }
    NDArray logits = // (B, S, V)
        output == null
            ? TransformerOps.matMulTransposed(y, value(ps, embedding, y, training))
            : TransformerOps.linear(y, value(ps, output, y, training), Precision.FLOAT32);
    return Multipliers.times(logits, spec.multipliers().logits());
  }

  private ParameterStore adapted(ParameterStore store) {
    return lowRank == null ? store : lowRank.over(store);
  }

  private NDList documents(ParameterStore ps, NDArray ids) {
    OptionalInt end = spec.documentMask() ? RecordingStore.separator(ps) : OptionalInt.empty();
    return end.isPresent() ? Documents.of(ids, end.getAsInt()) : new NDList();
  }

  private NDList side(ParameterStore ps, NDArray ids, @Nullable NDArray padding) {
    NDList side = documents(ps, ids);
    ids.setName("ids");
    side.add(ids);
    if (padding != null) {
      padding.setName("padding");
      side.add(padding);
    }
    return side;
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    return new NDList(logits(ps, inputs.head(), inputs.get("padding"), null, training));
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputShapes) {
    return new Shape[] {new Shape(inputShapes[0].get(0), inputShapes[0].get(1), spec.vocabulary())};
  }
}
