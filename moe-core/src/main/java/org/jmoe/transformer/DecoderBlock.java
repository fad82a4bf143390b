package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.jmoe.block.ShapedBlock;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * One pre-norm layer: {@code h = x + attention(norm(x)); y = h + feedForward(norm(h))}, where the
 * feed-forward is any block of one input and one output of the same shape.
 */
public final class DecoderBlock extends ShapedBlock {
  /**
   * What a block is beside its attention and feed-forward.
   *
   * @param dropout on the output of each
   * @param marksPadding whether the feed-forward hears of padding, so that no expert serves it
   */
  record Frame(Norm.Kind norm, int dim, double epsilon, double dropout, boolean marksPadding) {}

  private final Frame frame;
  private final Norm attentionNorm;
  private final SelfAttention attention;
  private final Norm feedForwardNorm;
  private final Block feedForward;

  /** A block named by its seed, below which its parts are named too. */
  DecoderBlock(Frame frame, SelfAttention attention, Block feedForward, Seed seed) {
    super(seed);
    this.frame = frame;
    attentionNorm = norm("attention_norm");
    this.attention = addChildBlock("attention", attention);
    feedForwardNorm = norm("feed_forward_norm");
    this.feedForward = addChildBlock("feed_forward", feedForward);
  }

  private Norm norm(String name) {
    return addChildBlock(
        name, new Norm(frame.norm(), frame.dim(), frame.epsilon(), seed().child(name)));
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
    inputs.addAll(frame.marksPadding() ? side : withoutPadding(side));
    NDArray y = feedForward.forward(ps, inputs, training).head(); // (B, S, D)
    return h.add(drop(y, draws.child("feed_forward"), training));
  }

  private static NDList withoutPadding(NDList side) {
    NDList rest = new NDList(side);
    rest.removeIf(array -> "padding".equals(array.getName()));
    return rest;
  }

  private NDArray drop(NDArray x, Seed seed, boolean training) {
    return training ? Ops.dropout(x, frame.dropout(), seed) : x;
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    return new NDList(apply(ps, inputs.head(), inputs.subNDList(1), null, training));
  }
}
