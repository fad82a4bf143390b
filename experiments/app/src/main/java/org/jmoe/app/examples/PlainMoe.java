package org.jmoe.app.examples;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.util.Collections;
import java.util.Optional;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.models.family.DecoderTensors;
import org.jmoe.models.family.ExpertFields;
import org.jmoe.models.family.Fields;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.ModelFamily;
import org.jmoe.models.family.ModelFields;
import org.jmoe.models.family.RopeConfig;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.attention.GroupedAttention;

/** Top-k softmax experts in every layer, without normalization of their weights. */
public final class PlainMoe implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("plain_moe");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("PlainMoeForCausalLM");
  }

  @Override
  public Optional<ExpertFields> expertFields() {
    return Optional.of(ExpertFields.of(ImmutableList.of("num_experts"), "intermediate_size"));
  }

  @Override
  public HubPlan plan(HubConfig config) {
    int heads = config.size("num_attention_heads", 1);
    int headDim = Fields.headDim(config, config.size("hidden_size", 1), heads);
    int experts = config.size("num_experts", 1);
    int hidden = config.size("intermediate_size", 1);
    int k = Fields.expertsPerToken(config, experts);
    GroupedAttention.Spec attention =
        GroupedAttention.Spec.builder(heads, Fields.kvHeads(config, heads))
            .headDim(headDim)
            .rotary(new RopeConfig(config).rotary(headDim, false))
            .build();
    MoeLayer.Spec moe =
        new MoeLayer.Spec(
            experts,
            new TopKRouter.Spec(k, false, Capacity.dropless()),
            new FeedForwardExperts.Spec(hidden, Fields.gated(config), false, 0));
    DecoderTensors tensors = Fields.tensors(config);
    int layers = Fields.layers(config);
    for (int layer = 0; layer < layers; layer++) {
      tensors.norms(layer);
      tensors.attention(layer, attention);
      tensors.router(layer, experts, "mlp.gate.weight");
      tensors.experts(layer, "mlp", DecoderTensors.GATED, experts, hidden);
    }
    DecoderBlock.Spec block = DecoderBlock.Spec.moe(attention, moe);
    return HubPlan.of(
        config,
        Fields.model(config, Collections.nCopies(layers, block)),
        tensors.map(),
        "softmax over all experts, top " + k);
  }

  @Override
  public ObjectNode config(ModelSpec spec) {
    ModelFields fields = new ModelFields(spec, this);
    fields.grouped();
    fields.router(TopKRouter.Spec.class);
    fields.experts();
    return fields.json();
  }
}
