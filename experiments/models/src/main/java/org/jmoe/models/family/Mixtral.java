package org.jmoe.models.family;

import com.google.common.collect.ImmutableList;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Activation;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.GroupedAttention;

/** Mixtral (Jiang et al. 2024; Hugging Face {@code mixtral}). */
final class Mixtral implements Architecture {
  private static final String[] PARTS = {"w1", "w3", "w2"};

  @Override
  public String type() {
    return "mixtral";
  }

  @Override
  public String className() {
    return "MixtralForCausalLM";
  }

  @Override
  public HubPlan plan(HubConfig config) {
    int dim = config.whole("hidden_size", 1);
    int vocabulary = config.whole("vocab_size", 1);
    int heads = config.whole("num_attention_heads", 1);
    int hidden = config.whole("intermediate_size", 1);
    int headDim = Fields.headDim(config, dim, heads);
    int experts = Fields.experts(config, "num_local_experts", "num_experts");
    int k = Fields.chosen(config, experts);
    double epsilon = config.number("rms_norm_eps", 1e-5);
    boolean tied = config.flag("tie_word_embeddings", false);
    Activation activation = Fields.gated(config);
    GroupedAttention.Spec attention =
        GroupedAttention.Spec.builder(heads, Fields.kvHeads(config, heads))
            .headDim(headDim)
            .window(config.whole("sliding_window", 1, 0))
            .rotary(new RopeConfig(config, 1e6).rotary(headDim, false))
            .build();
    MoeLayer.Spec moe =
        new MoeLayer.Spec(
            experts,
            new TopKRouter.Spec(k, true, Capacity.dropless()),
            new FeedForwardExperts.Spec(hidden, activation, false, 0));

    DecoderTensors tensors = new DecoderTensors(vocabulary, dim, tied);
    ImmutableList.Builder<DecoderBlock.Spec> layers = ImmutableList.builder();
    ImmutableList.Builder<String> routers = ImmutableList.builder();
    for (int i = 0; i < config.whole("num_hidden_layers", 1); i++) {
      layers.add(DecoderBlock.Spec.moe(attention, moe));
      tensors.norms(i);
      tensors.attention(i, attention);
      tensors.router(i, experts, "block_sparse_moe.gate.weight", "mlp.gate.weight");
      tensors.experts(i, "block_sparse_moe", PARTS, experts, hidden);
      routers.add(DecoderTensors.upstream(i) + "mlp.gate");
    }
    return new HubPlan(
        type(),
        Fields.model(config, epsilon, tied, layers.build()),
        tensors.map(),
        routers.build(),
        "softmax over all experts, the " + k + " largest divided by their sum",
        ChoiceOrder.bestFirst());
  }
}
