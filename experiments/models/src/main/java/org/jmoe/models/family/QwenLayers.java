package org.jmoe.models.family;

import com.google.common.collect.ImmutableList;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.SharedSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Activation;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.FeedForward;
import org.jmoe.transformer.GroupedAttention;
import org.jspecify.annotations.Nullable;

/**
 * Layers of top-k softmax experts with matrices {@code gate_proj}, {@code up_proj} and {@code
 * down_proj}: what Qwen2-MoE, Qwen3-MoE and OLMoE share.
 *
 * @param expert width of each expert
 * @param shared width of the shared expert; 0 for none
 * @param dense width of the feed-forward of layers without experts
 */
record QwenLayers(HubConfig config, int experts, int expert, int shared, int dense) {
  private static final String[] PARTS = {"gate_proj", "up_proj", "down_proj"};

  /** Attention by layer, as most configurations have it in common. */
  interface Attentions {
    GroupedAttention.Spec of(int layer);
  }

  HubPlan plan(String type, double epsilon, Attentions attentions) {
    int dim = config.whole("hidden_size", 1);
    int vocabulary = config.whole("vocab_size", 1);
    boolean tied = config.flag("tie_word_embeddings", false);
    boolean normalise = config.flag("norm_topk_prob", false);
    int k = Fields.chosen(config, experts);
    Activation activation = Fields.gated(config);
    MoeLayer.@Nullable Spec moe = experts == 0 ? null : moe(k, normalise, activation);

    DecoderTensors tensors = new DecoderTensors(vocabulary, dim, tied);
    ImmutableList.Builder<DecoderBlock.Spec> layers = ImmutableList.builder();
    ImmutableList.Builder<String> routers = ImmutableList.builder();
    for (int i = 0; i < config.whole("num_hidden_layers", 1); i++) {
      boolean sparse = moe != null && !Fields.isDense(config, i);
      GroupedAttention.Spec attention = attentions.of(i);
      layers.add(
          sparse && moe != null
              ? DecoderBlock.Spec.moe(attention, moe)
              : DecoderBlock.Spec.dense(attention, new FeedForward.Spec(dense, activation)));
      tensors.norms(i);
      tensors.attention(i, attention);
      if (sparse) {
        moe(tensors, i, dim);
        routers.add(DecoderTensors.upstream(i) + "mlp.gate");
      } else {
        tensors.gated(
            DecoderTensors.upstream(i) + "mlp.", DecoderTensors.ours(i) + "feed_forward/", dense);
      }
    }
    return new HubPlan(
        type,
        Fields.model(config, epsilon, tied, layers.build()),
        tensors.map(),
        routers.build(),
        "softmax over all experts, the "
            + k
            + (normalise ? " largest divided by their sum" : " largest as they are"),
        ChoiceOrder.bestFirst());
  }

  private MoeLayer.Spec moe(int k, boolean normalise, Activation activation) {
    return new MoeLayer.Spec(
        experts,
        new TopKRouter.Spec(k, normalise, Capacity.dropless()),
        new FeedForwardExperts.Spec(expert, activation, false, 0),
        shared == 0
            ? null
            : new SharedSpec(
                new FeedForwardExperts.Spec(shared, activation, false, 0), SharedSpec.Mix.GATED));
  }

  private void moe(DecoderTensors tensors, int layer, int dim) {
    tensors.router(layer, experts, "mlp.gate.weight");
    tensors.experts(layer, "mlp", PARTS, experts, expert);
    if (shared > 0) {
      String theirs = DecoderTensors.upstream(layer) + "mlp.shared_expert";
      String own = DecoderTensors.ours(layer) + "moe/shared/";
      tensors.gated(theirs + ".", own + "expert/", shared);
      tensors.matrix(theirs + "_gate.weight", own + "mix", 1, dim);
    }
  }
}
