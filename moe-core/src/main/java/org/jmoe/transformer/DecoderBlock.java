package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import com.google.common.base.Preconditions;
import java.util.Objects;
import org.jmoe.block.ShapedBlock;
import org.jmoe.layer.MoeLayer;
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
   * Settings. Where both are given the MoE layer is built, and the dense feed-forward is what takes
   * its place once {@code moe} is set to null.
   *
   * @param attention how tokens see each other
   * @param feedForward the dense feed-forward; null where only an MoE layer will do
   * @param moe the MoE layer in its place; null for a dense layer
   */
  public record Spec(
      AttentionSpec attention,
      FeedForward.@Nullable Spec feedForward,
      MoeLayer.@Nullable Spec moe) {
    /** Checks that there is something after the attention. */
    public Spec {
      Preconditions.checkArgument(
          feedForward != null || moe != null, "a layer needs feedForward, moe or both");
    }

    /** A layer with a dense feed-forward. */
    @SuppressWarnings("NullAway") // javac 17 loses the annotation of a nested type
    public static Spec dense(AttentionSpec attention, FeedForward.Spec feedForward) {
      return new Spec(attention, feedForward, null);
    }

    /** A layer with an MoE layer in place of a feed-forward. */
    @SuppressWarnings("NullAway") // javac 17 loses the annotation of a nested type
    public static Spec moe(AttentionSpec attention, MoeLayer.Spec moe) {
      return new Spec(attention, null, moe);
    }

    /** The same with another MoE layer. */
    @SuppressWarnings("NullAway") // javac 17 loses the annotation of a nested type
    public Spec withMoe(MoeLayer.Spec other) {
      return new Spec(attention, feedForward, other);
    }

    void requireFits(int dim, boolean causal) {
      attention.requireFits(dim, causal);
      if (moe != null) {
        moe.requireFits(dim);
        Preconditions.checkArgument(
            !causal || moe.router().causal(),
            "router %s is not causal: its decisions depend on later tokens; choose another router"
                + " or capacity order, or wrap it in AllowNonCausal",
            moe.router());
      }
    }

    long parameters(int dim, Norm.Spec norm, boolean active) {
      long rest = attention.parameters(dim) + 2 * norm.parameters(dim);
      if (moe != null) {
        return rest + (active ? moe.activeParameters(dim) : moe.parameters(dim));
      }
      return rest + Objects.requireNonNull(feedForward).parameters(dim);
    }

    private Block served(int dim, Seed seed) {
      return moe != null
          ? moe.build(dim, seed.child("moe"))
          : Objects.requireNonNull(feedForward).build(dim, seed.child("feed_forward"));
    }
  }

  private final double dropout;
  private final Norm attentionNorm;
  private final SelfAttention attention;
  private final Norm feedForwardNorm;
  private final Block feedForward;

  /** A layer of a model, named by its seed, below which its parts are named too. */
  DecoderBlock(ModelSpec model, Spec spec, int layer, Seed seed) {
    super(seed);
    int dim = model.dim();
    dropout = model.dropout();
    attentionNorm =
        addChildBlock("attention_norm", model.norm().build(dim, seed.child("attention_norm")));
    BlockContext context = new BlockContext(dim, layer, model.layerCount(), model.causal());
    attention =
        addChildBlock("attention", spec.attention().build(context, seed.child("attention")));
    feedForwardNorm =
        addChildBlock(
            "feed_forward_norm", model.norm().build(dim, seed.child("feed_forward_norm")));
    feedForward = addChildBlock("feed_forward", spec.served(dim, seed));
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
    inputs.addAll(RecordingStore.servesPadding(ps) ? withoutPadding(side) : side);
    NDArray y = feedForward.forward(ps, inputs, training).head(); // (B, S, D)
    return h.add(drop(y, draws.child("feed_forward"), training));
  }

  private static NDList withoutPadding(NDList side) {
    NDList rest = new NDList(side);
    rest.removeIf(array -> "padding".equals(array.getName()));
    return rest;
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
