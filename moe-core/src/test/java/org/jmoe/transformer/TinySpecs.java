package org.jmoe.transformer;

import java.util.List;
import org.jmoe.block.Norm;
import org.jmoe.layer.MoeLayer;
import org.jmoe.plan.Capacity;
import org.jmoe.tensor.Activation;
import org.jmoe.testing.PlainExperts;
import org.jmoe.testing.PlainRouter;
import org.jmoe.transformer.attention.AttentionSpec;
import org.jmoe.transformer.attention.GroupedAttention;
import org.jmoe.transformer.attention.Rotary;
import org.jspecify.annotations.Nullable;

/** Models with 7 token ids, 7 positions, 2 layers of width 8 and 4 heads. */
final class TinySpecs {
  static final int VOCABULARY = 7;
  static final int CONTEXT = 7;
  static final int DIM = 8;

  private TinySpecs() {}

  /** Llama style: RMSNorm, rotary embeddings, causal. */
  static ModelSpec causal(MoeLayer.@Nullable Spec moe) {
    return of(Norm.Kind.RMS, false, 2, true, false, moe);
  }

  /** BERT style: LayerNorm, learned positions, bidirectional, tied embeddings. */
  static ModelSpec masked(MoeLayer.@Nullable Spec moe) {
    return of(Norm.Kind.LAYER, true, 4, false, true, moe);
  }

  /** If an MoE layer is given, it is the second layer. */
  @SuppressWarnings("NullAway") // javac 17 loses the annotation of a nested type in a class file
  static ModelSpec of(
      Norm.Kind norm,
      boolean learned,
      int kvHeads,
      boolean causal,
      boolean tied,
      MoeLayer.@Nullable Spec moe) {
    AttentionSpec attention =
        GroupedAttention.Spec.builder(4, kvHeads)
            .rotary(learned ? null : Rotary.of(10_000))
            .build();
    FeedForward.Spec dense = new FeedForward.Spec(5, Activation.SWIGLU);
    return ModelSpec.builder(VOCABULARY, CONTEXT, DIM)
        .norm(norm, 1e-5)
        .learnedPositions(learned)
        .causal(causal)
        .tied(tied)
        .blocks(
            List.of(
                DecoderBlock.Spec.dense(attention, dense),
                new DecoderBlock.Spec(attention, dense, moe)))
        .build();
  }

  /** 4 experts, top-2. */
  static MoeLayer.Spec moe() {
    return new MoeLayer.Spec(
        4,
        new PlainRouter.Spec(2, true, Capacity.dropless()),
        new PlainExperts.Spec(5, Activation.SWIGLU, false));
  }
}
