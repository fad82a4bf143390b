package org.jmoe.models.published;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
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

/** Mixtral (Jiang et al. 2024; Hugging Face {@code mixtral}). */
final class Mixtral implements ModelFamily {
  private static final ImmutableList<String> PARTS = ImmutableList.of("w1", "w3", "w2");

  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("mixtral");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("MixtralForCausalLM");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 32000)
        .put("hidden_size", 4096)
        .put("intermediate_size", 14336)
        .put("num_hidden_layers", 32)
        .put("num_attention_heads", 32)
        .put("num_key_value_heads", 8)
        .put("num_local_experts", 8)
        .put("num_experts_per_tok", 2)
        .put("max_position_embeddings", 131072)
        .put("rope_theta", 1e6)
        .put("rms_norm_eps", 1e-5)
        .buildOrThrow();
  }

  @Override
  public ImmutableMap<String, String> aliases() {
    return ImmutableMap.of("num_local_experts", "num_experts");
  }

  @Override
  public Optional<ExpertFields> expertFields() {
    return Optional.of(
        ExpertFields.of(ImmutableList.of("num_local_experts", "num_experts"), "intermediate_size"));
  }

  @Override
  public ObjectNode config(ModelSpec spec) {
    ModelFields fields = new ModelFields(spec, this);
    ObjectNode config = fields.json();
    GroupedAttention.Spec attention = fields.grouped();
    fields.router(TopKRouter.Spec.class);
    fields.experts();
    if (attention.window() > 0) {
      config.put("sliding_window", attention.window());
    } else {
      config.putNull("sliding_window");
    }
    return config;
  }

  @Override
  public HubPlan plan(HubConfig config) {
    config.only("norm_topk_prob", "true");
    config.only("scoring_func", "softmax");
    int dim = config.size("hidden_size", 1);
    int heads = config.size("num_attention_heads", 1);
    int hidden = config.size("intermediate_size", 1);
    int headDim = Fields.headDim(config, dim, heads);
    int experts = config.size("num_local_experts", 1);
    int k = Fields.expertsPerToken(config, experts);
    GroupedAttention.Spec attention =
        GroupedAttention.Spec.builder(heads, Fields.kvHeads(config, heads))
            .headDim(headDim)
            .window(Fields.window(config))
            .rotary(new RopeConfig(config).rotary(headDim, false))
            .build();
    MoeLayer.Spec moe =
        new MoeLayer.Spec(
            experts,
            new TopKRouter.Spec(k, true, Capacity.dropless()),
            new FeedForwardExperts.Spec(hidden, Fields.gated(config), false, 0));

    DecoderTensors tensors = Fields.tensors(config);
    ImmutableList.Builder<DecoderBlock.Spec> layers = ImmutableList.builder();
    for (int i = 0; i < Fields.layers(config); i++) {
      layers.add(DecoderBlock.Spec.moe(attention, moe));
      tensors.norms(i);
      tensors.attention(i, attention);
      tensors.router(i, experts, "block_sparse_moe.gate.weight", "mlp.gate.weight");
      tensors.experts(i, "block_sparse_moe", PARTS, experts, hidden);
    }
    return HubPlan.of(
        config,
        Fields.model(config, layers.build()),
        tensors.map(),
        "softmax over all experts, top " + k + " divided by their sum");
  }
}
