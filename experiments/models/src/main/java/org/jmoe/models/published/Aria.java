package org.jmoe.models.published;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.SharedSpec;
import org.jmoe.models.family.DecoderLayers;
import org.jmoe.models.family.DecoderTensors;
import org.jmoe.models.family.Fields;
import org.jmoe.models.family.GroupedConfig;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.MappedAttention;
import org.jmoe.models.family.ModelFamily;
import org.jmoe.models.family.SoftmaxTopK;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Activation;

/**
 * Text part of Aria (Li et al. 2024; Hugging Face {@code aria}): Llama with shared and softmax
 * top-k experts within a model with a vision tower, which is not read.
 */
final class Aria implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("aria");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("AriaForConditionalGeneration");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 32000)
        .put("hidden_size", 4096)
        .put("intermediate_size", 4096)
        .put("num_hidden_layers", 32)
        .put("num_attention_heads", 32)
        .put("max_position_embeddings", 2048)
        .put("rope_theta", 1e4)
        .put("rms_norm_eps", 1e-6)
        .put("moe_num_experts", 8)
        .put("num_experts_per_tok", 2)
        .put("moe_num_shared_experts", 2)
        .buildOrThrow();
  }

  @Override
  public ImmutableMap<String, String> aliases() {
    return ImmutableMap.of("num_experts_per_tok", "moe_topk");
  }

  @Override
  public HubPlan plan(HubConfig config) {
    config.ignore("vision_config", "image_token_index", "image_token_id", "vision_feature_layer");
    config.ignore("projector_patch_to_query_dict", "max_value_projector_patch_to_query_dict");
    config.ignore("ignore_index");
    HubConfig text = config.part("text_config", this, "tie_word_embeddings");
    text.only("model_type", "aria_text");
    text.only("hidden_act", "silu"); // Transformers uses it in shared experts only
    boolean bias = text.flag("attention_bias");
    MappedAttention attention = MappedAttention.of(GroupedConfig.of(text).bias(bias, bias).build());
    int experts = text.size("moe_num_experts", 1);
    int hidden = text.size("intermediate_size", 1);
    int shared = Fields.product(text, "intermediate_size", "moe_num_shared_experts");
    TopKRouter.Spec router = SoftmaxTopK.of(Fields.expertsPerToken(text, experts), true);
    MoeLayer.Spec moe =
        new MoeLayer.Spec(
            experts,
            router,
            new FeedForwardExperts.Spec(hidden, Activation.SWIGLU, false, 0),
            new SharedSpec(
                new FeedForwardExperts.Spec(shared, Activation.SWIGLU, false, 0),
                SharedSpec.Mix.SUM));
    DecoderLayers layers = new DecoderLayers(text);
    layers
        .tensors()
        .map()
        .ignore(
            (name, all) -> name.matches("(model[.])?(vision_tower|multi_modal_projector)[.].*"));
    for (int i = 0; i < Fields.layers(text); i++) {
      layers.moe(
          attention,
          moe,
          (tensors, layer) -> {
            tensors.router(layer, experts, "mlp.router.weight");
            tensors.plainStacks(
                layer, "mlp.experts.fc1.weight", "mlp.experts.fc2.weight", experts, hidden);
            tensors.gated(
                DecoderTensors.tensorPrefix(layer) + "mlp.shared_experts.",
                DecoderTensors.parameterPrefix(layer) + "moe/shared/expert/",
                shared);
          });
    }
    return layers
        .plan(SoftmaxTopK.describe(router))
        .withRouters("mlp.router")
        .within(config, name -> "language_model." + name);
  }

  @Override
  public boolean isPartial() {
    return true;
  }
}
