package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.tensor.ShapedBlock;
import org.jspecify.annotations.Nullable;

/**
 * One pre-norm layer: {@code h = x + attention(norm(x)); y = h + feedForward(norm(h))}, where the
 * feed-forward is any block of one input and one output of the same shape.
 */
public final class DecoderBlock extends ShapedBlock {
  private final double dropout;
  private final Norm attentionNorm;
  private final Attention attention;
  private final Norm feedForwardNorm;
  private final Block feedForward;

  DecoderBlock(TransformerSpec spec, int layer, Seed seed) {
    super(seed);
    dropout = spec.dropout();
    attentionNorm =
        addChildBlock(
            "attention_norm", new Norm(spec.norm(), spec.dim(), seed.child("attention_norm")));
    attention = addChildBlock("attention", new Attention(spec, layer, seed.child("attention")));
    feedForwardNorm =
        addChildBlock(
            "feed_forward_norm",
            new Norm(spec.norm(), spec.dim(), seed.child("feed_forward_norm")));
    feedForward = addChildBlock("feed_forward", spec.feedForward(layer, seed));
  }

  /**
   * Computes the layer.
   *
   * @param x (B, S, D)
   * @param side what MoE layers may know beside it: {@code ids} and {@code padding}, (B, S) each
   * @param cache of the positions before x, where there are any
   */
  NDArray apply(
      ParameterStore ps, NDArray x, NDList side, @Nullable KvCache cache, boolean training) {
    Seed draws = RecordingStore.draws(ps, training).child(path());
    NDArray attended =
        attention.apply(
            ps, attentionNorm.apply(ps, x, training), side.get("padding"), cache, training);
    NDArray h = x.add(drop(attended, draws.child("attention"), training)); // (B, S, D)
    NDList inputs = new NDList(feedForwardNorm.apply(ps, h, training));
    inputs.addAll(side);
    NDArray y = feedForward.forward(ps, inputs, training).head(); // (B, S, D)
    return h.add(drop(y, draws.child("feed_forward"), training));
  }

  private NDArray drop(NDArray x, Seed seed, boolean training) {
    return training ? Ops.dropout(x, dropout, seed) : x;
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    return new NDList(apply(ps, inputs.head(), inputs.subNDList(1), null, training));
  }
}
