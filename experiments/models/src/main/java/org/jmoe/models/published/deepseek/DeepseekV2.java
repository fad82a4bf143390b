package org.jmoe.models.published.deepseek;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Optional;
import org.jmoe.models.family.ExpertFields;
import org.jmoe.models.family.Fields;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.ModelFamily;
import org.jmoe.models.family.ModelFields;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Groups;
import org.jmoe.routing.topk.DeepSeekV2Router;
import org.jmoe.transformer.ModelSpec;

/**
 * DeepSeek-V2 and DeepSeek-V2-Lite (DeepSeek-AI 2024; Hugging Face {@code deepseek_v2}): latent
 * attention, group-limited softmax routing, shared experts and dense first layers.
 */
public final class DeepseekV2 implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("deepseek_v2");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("DeepseekV2ForCausalLM");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 102400)
        .put("hidden_size", 4096)
        .put("intermediate_size", 11008)
        .put("moe_intermediate_size", 1407)
        .put("num_hidden_layers", 32)
        .put("num_attention_heads", 32)
        .put("n_shared_experts", 2)
        .put("n_routed_experts", 64)
        .put("routed_scaling_factor", 1.0)
        .put("kv_lora_rank", 512)
        .put("q_lora_rank", 1536)
        .put("qk_rope_head_dim", 64)
        .put("qk_nope_head_dim", 128)
        .put("v_head_dim", 128)
        .put("topk_method", "greedy")
        .put("first_k_dense_replace", 0)
        .put("max_position_embeddings", 2048)
        .put("rope_theta", 1e4)
        .put("rms_norm_eps", 1e-6)
        .buildOrThrow();
  }

  @Override
  public ImmutableMap<String, String> aliases() {
    return ImmutableMap.of("n_routed_experts", "num_experts");
  }

  @Override
  public Optional<ExpertFields> expertFields() {
    return Optional.of(DeepseekLayers.fields("num_experts"));
  }

  @Override
  public ObjectNode config(ModelSpec spec) {
    ModelFields fields = new ModelFields(spec, this);
    ObjectNode config = fields.json();
    fields.latent();
    DeepSeekV2Router.Spec router = fields.router(DeepSeekV2Router.Spec.class);
    DeepseekLayers.write(fields, router.groups(), router.scalingFactor());
    boolean grouped = router.groups().count() > 1;
    config.put("topk_method", grouped ? "group_limited_greedy" : "greedy");
    config.put("norm_topk_prob", false);
    return config;
  }

  @Override
  public HubPlan plan(HubConfig config) {
    config.only("scoring_func", "softmax");
    config.only("norm_topk_prob", "false"); // Transformers and the reference code differ for true
    config.only("rope_interleave", "true");
    config.ignore("head_dim", "qk_head_dim"); // derived from other fields
    DeepseekAttention attention = DeepseekAttention.of(config);
    int experts = config.size("n_routed_experts", 1);
    int k = Fields.expertsPerToken(config, experts);
    DeepSeekV2Router.Spec router =
        new DeepSeekV2Router.Spec(
            k,
            groups(config, experts, k),
            config.positive("routed_scaling_factor"),
            Capacity.dropless());
    return DeepseekLayers.of(config, router)
        .plan(
            attention,
            "softmax over all experts, top %d within %d of %d groups, times %s"
                .formatted(
                    k, router.groups().kept(), router.groups().count(), router.scalingFactor()));
  }

  private static Groups groups(HubConfig config, int experts, int k) {
    String method = config.text("topk_method");
    return switch (method) {
      case "greedy" -> {
        config.ignore("n_group", "topk_group"); // only used with groups
        yield Groups.none();
      }
      case "group_limited_greedy" -> DeepseekLayers.groups(config, experts, k);
      default ->
          throw config.fault(
              "has topk_method = \"%s\"; implemented are greedy and group_limited_greedy"
                  .formatted(method));
    };
  }
}
