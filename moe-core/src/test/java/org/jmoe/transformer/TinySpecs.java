package org.jmoe.transformer;

import org.jmoe.layer.MoeLayer;
import org.jmoe.plan.Capacity;
import org.jmoe.tensor.Activation;
import org.jmoe.testing.PlainExperts;
import org.jmoe.testing.PlainRouter;
import org.jspecify.annotations.Nullable;

/** Models of 7 token ids, 7 positions, 2 layers of width 8 and 4 heads. */
final class TinySpecs {
  static final int VOCABULARY = 7;
  static final int CONTEXT = 7;
  static final int DIM = 8;

  private TinySpecs() {}

  /** Llama's form: RMS, rotary, causal. */
  static TransformerSpec causal(MoeLayer.@Nullable Spec moe) {
    return of(Norm.Kind.RMS, Positions.ROTARY, 2, true, false, moe);
  }

  /** BERT's form: means and variances, learned positions, both directions, the embedding twice. */
  static TransformerSpec masked(MoeLayer.@Nullable Spec moe) {
    return of(Norm.Kind.LAYER, Positions.LEARNED, 4, false, true, moe);
  }

  /** Where there are MoE layers, the second layer is one. */
  @SuppressWarnings("NullAway") // javac 17 loses the annotation of a nested type in a class file
  static TransformerSpec of(
      Norm.Kind norm,
      Positions positions,
      int kvHeads,
      boolean causal,
      boolean tied,
      MoeLayer.@Nullable Spec moe) {
    return new TransformerSpec(
        VOCABULARY,
        CONTEXT,
        2,
        DIM,
        4,
        kvHeads,
        5,
        Activation.SWIGLU,
        norm,
        positions,
        causal,
        tied,
        0,
        moe,
        1,
        1);
  }

  /** 4 experts of which a token takes 2. */
  static MoeLayer.Spec moe() {
    return new MoeLayer.Spec(
        4,
        new PlainRouter.Spec(2, true, Capacity.dropless()),
        new PlainExperts.Spec(5, Activation.SWIGLU, false));
  }
}
