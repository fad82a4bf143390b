package org.jmoe.models.published;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.util.function.IntFunction;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.SharedSpec;
import org.jmoe.models.family.DecoderTensors;
import org.jmoe.models.family.Fields;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.ModelFields;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Activation;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.FeedForward;
import org.jmoe.transformer.attention.GroupedAttention;

/**
 * Layers with top-k softmax experts whose matrices are {@code gate_proj}, {@code up_proj} and
 * {@code down_proj}, as in Qwen2-MoE, Qwen3-MoE and OLMoE. A model with 0 experts is dense.
 *
 * @param width name of the field with the width of each expert
 * @param shared width of the shared expert; 0 for none
 */
record QwenLayers(HubConfig config, String width, int shared) {
  HubPlan plan(IntFunction<GroupedAttention.Spec> attentions) {
    config.only("scoring_func", "softmax");
    int experts = config.size("num_experts", 0);
    Activation activation = Fields.gated(config);
    FeedForward.Spec dense =
        new FeedForward.Spec(config.integer("intermediate_size", 1), activation);
    DecoderTensors tensors = Fields.tensors(config);
    ImmutableList.Builder<DecoderBlock.Spec> layers = ImmutableList.builder();
    for (int i = 0; i < Fields.layers(config); i++) {
      GroupedAttention.Spec attention = attentions.apply(i);
      tensors.norms(i);
      tensors.attention(i, attention);
      if (experts > 0 && !Fields.isDense(config, i)) {
        layers.add(DecoderBlock.Spec.moe(attention, moe(experts, activation)));
        moe(tensors, i, experts);
      } else {
        layers.add(DecoderBlock.Spec.dense(attention, dense));
        tensors.gated(
            DecoderTensors.tensorPrefix(i) + "mlp.",
            DecoderTensors.parameterPrefix(i) + "feed_forward/",
            dense.hidden());
      }
    }
    return HubPlan.of(
        config, Fields.model(config, layers.build()), tensors.map(), weighting(experts));
  }

  /** Writes experts and dense layers. */
  static void write(ModelFields fields) {
    ObjectNode config = fields.json();
    config.put("norm_topk_prob", fields.router(TopKRouter.Spec.class).normalise());
    fields.experts();
    fields.denseWidth();
    config.put("decoder_sparse_step", 1);
    ArrayNode dense = config.putArray("mlp_only_layers");
    fields.denseLayers().forEach(dense::add);
  }

  private String weighting(int experts) {
    config.ignore(width, "num_experts_per_tok", "norm_topk_prob"); // of a dense model
    return experts == 0
        ? "no experts"
        : "softmax over all experts, top %d %s"
            .formatted(
                Fields.expertsPerToken(config, experts),
                config.flag("norm_topk_prob") ? "divided by their sum" : "without normalization");
  }

  private MoeLayer.Spec moe(int experts, Activation activation) {
    return new MoeLayer.Spec(
        experts,
        new TopKRouter.Spec(
            Fields.expertsPerToken(config, experts),
            config.flag("norm_topk_prob"),
            Capacity.dropless()),
        new FeedForwardExperts.Spec(config.size(width, 1), activation, false, 0),
        shared == 0
            ? null
            : new SharedSpec(
                new FeedForwardExperts.Spec(shared, activation, false, 0), SharedSpec.Mix.GATED));
  }

  private void moe(DecoderTensors tensors, int layer, int experts) {
    tensors.router(layer, experts, "mlp.gate.weight");
    tensors.experts(layer, "mlp", DecoderTensors.GATED, experts, config.size(width, 1));
    if (shared > 0) {
      String prefix = DecoderTensors.tensorPrefix(layer) + "mlp.shared_expert";
      String parameter = DecoderTensors.parameterPrefix(layer) + "moe/shared/";
      tensors.gated(prefix + ".", parameter + "expert/", shared);
      tensors.matrix(prefix + "_gate.weight", parameter + "mix", 1, config.size("hidden_size", 1));
    }
  }
}
