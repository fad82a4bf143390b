package org.jmoe.models.published;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Optional;
import org.jmoe.models.family.DecoderLayers;
import org.jmoe.models.family.DecoderTensors;
import org.jmoe.models.family.ExpertFields;
import org.jmoe.models.family.Fields;
import org.jmoe.models.family.GroupedConfig;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.MappedAttention;
import org.jmoe.models.family.MappedMoe;
import org.jmoe.models.family.ModelFamily;
import org.jmoe.models.family.RopeConfig;
import org.jmoe.models.family.TensorTarget;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Groups;
import org.jmoe.routing.ScoreFunction;
import org.jmoe.routing.biased.TorchTitanRouter;
import org.jmoe.transformer.attention.Rotary;

/**
 * ERNIE 4.5 (Baidu 2025; Hugging Face {@code ernie4_5_moe}): softmax routing in which a correction
 * bias chooses the experts.
 */
final class Ernie45Moe implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("ernie4_5_moe");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("Ernie4_5_MoeForCausalLM");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 103424)
        .put("hidden_size", 2560)
        .put("intermediate_size", 12288)
        .put("num_hidden_layers", 28)
        .put("num_attention_heads", 20)
        .put("num_key_value_heads", 4)
        .put("max_position_embeddings", 131072)
        .put("rope_theta", 5e5)
        .put("rms_norm_eps", 1e-5)
        .put("tie_word_embeddings", true)
        .put("moe_intermediate_size", 1536)
        .put("num_experts_per_tok", 6)
        .put("moe_num_experts", 64)
        .put("moe_num_shared_experts", 2)
        .put("moe_layer_start_index", 1)
        .put("moe_layer_end_index", -1)
        .put("moe_layer_interval", 1)
        .put("moe_norm_min", 1e-12)
        .buildOrThrow();
  }

  @Override
  public ImmutableMap<String, String> aliases() {
    return ImmutableMap.of("moe_num_experts", "num_experts", "num_experts_per_tok", "moe_k");
  }

  @Override
  public Optional<ExpertFields> expertFields() {
    return Optional.of(
        ExpertFields.of(ImmutableList.of("moe_num_experts", "num_experts"), "moe_intermediate_size")
            .alsoPerToken("moe_k")
            .withShared("moe_num_shared_experts"));
  }

  @Override
  public HubPlan plan(HubConfig config) {
    config.only("moe_gate", "topk");
    config.only("moe_use_aux_free", "true");
    config.only("use_rmsnorm", "true");
    config.only("is_quantized", "false");
    config.ignore("moe_capacity"); // Transformers drops no tokens
    config.only("moe_norm_min", "1e-12"); // below any sum of selected probabilities
    Rotary rotary = new RopeConfig(config).rotary(GroupedConfig.headDim(config), true);
    MappedAttention attention =
        MappedAttention.of(GroupedConfig.plain(config).rotary(rotary).build());
    int experts = config.size("moe_num_experts", 1);
    int k = Fields.expertsPerToken(config, experts);
    TorchTitanRouter.Spec router =
        new TorchTitanRouter.Spec(
            ScoreFunction.SOFTMAX, k, Groups.none(), true, 1, 0, Capacity.dropless());
    int hidden = config.size("moe_intermediate_size", 1);
    int shared = config.integer("moe_num_shared_experts", 0);
    MappedMoe moe =
        MappedMoe.of(router, experts, hidden)
            .withShared(
                "mlp.shared_experts",
                shared == 0
                    ? 0
                    : Fields.product(config, "moe_intermediate_size", "moe_num_shared_experts"));
    DecoderLayers layers = new DecoderLayers(config);
    for (int i = 0; i < Fields.layers(config); i++) {
      if (isSparse(config, i)) {
        layers.moe(attention, moe);
        layers
            .tensors()
            .map()
            .add(
                TensorTarget.same(
                    DecoderTensors.tensorPrefix(i) + "mlp.moe_statics.e_score_correction_bias",
                    DecoderTensors.parameterPrefix(i) + "moe/router/bias",
                    1,
                    experts));
      } else {
        layers.dense(attention);
      }
    }
    return layers.plan(
        "softmax over all experts, top %d by probability plus bias divided by their sum"
            .formatted(k));
  }

  private static boolean isSparse(HubConfig config, int layer) {
    int end = config.integer("moe_layer_end_index", -1);
    return (layer + 1) % config.integer("moe_layer_interval", 1) == 0
        && layer >= config.integer("moe_layer_start_index", 0)
        && (end == -1 || layer <= end);
  }
}
