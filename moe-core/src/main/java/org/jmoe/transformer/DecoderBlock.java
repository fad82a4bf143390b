package org.jmoe.transformer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import com.google.common.base.Preconditions;
import java.util.Objects;
import org.jmoe.block.Norm;
import org.jmoe.block.ShapedBlock;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.transformer.attention.AttentionSpec;
import org.jmoe.transformer.attention.BlockContext;
import org.jmoe.transformer.attention.KvCache;
import org.jmoe.transformer.attention.SelfAttention;
import org.jspecify.annotations.Nullable;

/**
 * A transformer layer: {@code h = x + attention(norm(x)); y = h + feedForward(norm(h))}, or with
 * another {@link NormPlacement}. The feed-forward is any block with one input and one output of the
 * same shape.
 */
public final class DecoderBlock extends ShapedBlock {
  /**
   * Settings. If both {@code moe} and {@code feedForward} are set, the MoE layer is built, and the
   * dense feed-forward is used once {@code moe} is set to null.
   *
   * @param attention settings of the attention
   * @param feedForward the dense feed-forward; null if there is only an MoE layer
   * @param moe the MoE layer; null for a dense layer
   */
  public record Spec(
      AttentionSpec attention,
      FeedForward.@Nullable Spec feedForward,
      MoeLayer.@Nullable Spec moe) {
    /** Checks that there is a feed-forward or an MoE layer. */
    public Spec {
      Preconditions.checkArgument(
          feedForward != null || moe != null, "a layer needs feedForward, moe or both");
    }

    /** Creates settings of a dense layer. */
    @SuppressWarnings("NullAway") // javac 17 loses the annotation of a nested type
    public static Spec dense(AttentionSpec attention, FeedForward.Spec feedForward) {
      return new Spec(attention, feedForward, null);
    }

    /** Creates settings of an MoE layer. */
    @SuppressWarnings("NullAway") // javac 17 loses the annotation of a nested type
    public static Spec moe(AttentionSpec attention, MoeLayer.Spec moe) {
      return new Spec(attention, null, moe);
    }

    /** Returns a copy with another MoE layer. */
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
            "router %s is not causal: its choices depend on later tokens; choose another router"
                + " or capacity order, or wrap it in AllowNonCausal",
            moe.router());
      }
    }

    /** Counts parameters; those of the norms are given. */
    long parameters(int dim, long norms, boolean active) {
      long rest = attention.parameters(dim) + norms;
      if (moe != null) {
        return Math.addExact(rest, active ? moe.activeParameters(dim) : moe.parameters(dim));
      }
      return Math.addExact(rest, Objects.requireNonNull(feedForward).parameters(dim));
    }

    private Block buildFeedForward(int dim, Seed seed) {
      return moe != null
          ? moe.build(dim, seed.child("moe"))
          : Objects.requireNonNull(feedForward).build(dim, seed.child("feed_forward"));
    }
  }

  private final double dropout;
  private final double multiplier;
  private final @Nullable Norm attentionNorm;
  private final SelfAttention attention;
  private final @Nullable Norm attentionOutNorm;
  private final @Nullable Norm feedForwardNorm;
  private final Block feedForward;
  private final @Nullable Norm feedForwardOutNorm;

  /** Creates a layer of a model, named by the path of its seed. */
  DecoderBlock(ModelSpec model, Spec spec, int layer, Seed seed) {
    super(seed);
    int dim = model.dim();
    dropout = model.dropout();
    multiplier = model.multipliers().residual();
    boolean in = model.normPlacement().ofInput();
    boolean out = model.normPlacement().ofOutput();
    attentionNorm = in ? norm(model, "attention_norm") : null;
    BlockContext context = new BlockContext(dim, layer, model.layerCount(), model.causal());
    attention =
        addChildBlock("attention", spec.attention().build(context, seed.child("attention")));
    attentionOutNorm = out ? norm(model, "attention_out_norm") : null;
    feedForwardNorm = in ? norm(model, "feed_forward_norm") : null;
    feedForward = addChildBlock("feed_forward", spec.buildFeedForward(dim, seed));
    feedForwardOutNorm = out ? norm(model, "feed_forward_out_norm") : null;
  }

  private Norm norm(ModelSpec model, String name) {
    return addChildBlock(name, model.norm().build(model.dim(), seed().child(name)));
  }

  /**
   * Computes the layer.
   *
   * @param x (B, S, D)
   * @param side further inputs of MoE layers: {@code ids} and {@code padding}, (B, S) each
   * @param cache of the preceding positions; null for none
   */
  NDArray apply(
      ParameterStore ps, NDArray x, NDList side, @Nullable KvCache cache, boolean training) {
    Seed draws = RecordingStore.draws(ps, training).child(path());
    NDArray attended =
        attention.apply(ps, normed(ps, attentionNorm, x, training), side, cache, training);
    attended = normed(ps, attentionOutNorm, attended, training);
    NDArray h = x.add(branch(attended, draws.child("attention"), training)); // (B, S, D)
    NDList inputs = new NDList(normed(ps, feedForwardNorm, h, training));
    inputs.addAll(served(ps, side));
    NDArray y = feedForward.forward(ps, inputs, training).head(); // (B, S, D)
    y = normed(ps, feedForwardOutNorm, y, training);
    return h.add(branch(y, draws.child("feed_forward"), training));
  }

  private static NDArray normed(
      ParameterStore ps, @Nullable Norm norm, NDArray x, boolean training) {
    return norm == null ? x : norm.apply(ps, x, training);
  }

  private static NDList served(ParameterStore ps, NDList side) {
    NDList known = new NDList(side);
    known.removeIf(
        array ->
            "padding".equals(array.getName())
                ? RecordingStore.servesPadding(ps)
                : !"ids".equals(array.getName()));
    return known;
  }

  /** Returns what is added to the residual stream. */
  private NDArray branch(NDArray x, Seed seed, boolean training) {
    return Multipliers.times(training ? Ops.dropout(x, dropout, seed) : x, multiplier);
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    return new NDList(apply(ps, inputs.head(), inputs.subNDList(1), null, training));
  }
}
