package org.jmoe.models.hub;

import java.util.stream.Stream;

/** Small configurations, one per architecture. */
public final class Configs {
  private static final String COMMON =
      "\"vocab_size\": 31, \"hidden_size\": 16, \"num_hidden_layers\": 2, \"num_attention_heads\":"
          + " 4, \"max_position_embeddings\": 32, \"rms_norm_eps\": 1e-5, \"rope_theta\": 300.0, ";

  private Configs() {}

  public static String mixtral() {
    return "{\"model_type\": \"mixtral\", "
        + COMMON
        + "\"num_key_value_heads\": 2, \"head_dim\": 6, \"intermediate_size\": 10,"
        + " \"num_local_experts\": 5, \"num_experts_per_tok\": 2, \"sliding_window\": 4}";
  }

  private static String qwen2() {
    return "{\"model_type\": \"qwen2_moe\", "
        + COMMON
        + "\"num_key_value_heads\": 4, \"intermediate_size\": 12, \"moe_intermediate_size\": 7,"
        + " \"shared_expert_intermediate_size\": 9, \"num_experts\": 6, \"num_experts_per_tok\": 3,"
        + " \"mlp_only_layers\": [1], \"norm_topk_prob\": false}";
  }

  private static String qwen3() {
    return "{\"model_type\": \"qwen3_moe\", "
        + COMMON
        + "\"num_key_value_heads\": 1, \"head_dim\": 8, \"intermediate_size\": 12,"
        + " \"moe_intermediate_size\": 7, \"num_experts\": 6, \"num_experts_per_tok\": 2,"
        + " \"norm_topk_prob\": true, \"attention_bias\": true, \"tie_word_embeddings\": true}";
  }

  private static String olmoe() {
    return "{\"model_type\": \"olmoe\", "
        + COMMON
        + "\"num_key_value_heads\": 2, \"intermediate_size\": 7, \"num_experts\": 6,"
        + " \"num_experts_per_tok\": 2, \"clip_qkv\": 0.8, \"norm_topk_prob\": false}";
  }

  private static String deepseek() {
    return "{\"model_type\": \"deepseek_v3\", "
        + COMMON
        + "\"num_key_value_heads\": 4, \"intermediate_size\": 12, \"moe_intermediate_size\": 7,"
        + " \"n_routed_experts\": 12, \"num_experts_per_tok\": 3, \"n_shared_experts\": 2,"
        + " \"n_group\": 4, \"topk_group\": 2, \"first_k_dense_replace\": 1, \"q_lora_rank\": 6,"
        + " \"kv_lora_rank\": 5, \"qk_nope_head_dim\": 3, \"qk_rope_head_dim\": 4, \"v_head_dim\":"
        + " 5, \"norm_topk_prob\": true, \"routed_scaling_factor\": 1.5, \"attention_bias\": true}";
  }

  private static String gptOss() {
    return "{\"model_type\": \"gpt_oss\", "
        + COMMON
        + "\"num_key_value_heads\": 2, \"head_dim\": 6, \"intermediate_size\": 9,"
        + " \"num_local_experts\": 5, \"num_experts_per_tok\": 3, \"sliding_window\": 3,"
        + " \"rope_parameters\": {\"rope_type\": \"default\"}}";
  }

  private static String deepseekV2() {
    return "{\"model_type\": \"deepseek_v2\", "
        + COMMON
        + "\"num_key_value_heads\": 4, \"intermediate_size\": 12, \"moe_intermediate_size\": 7,"
        + " \"n_routed_experts\": 12, \"num_experts_per_tok\": 3, \"n_shared_experts\": 1,"
        + " \"topk_method\": \"group_limited_greedy\", \"n_group\": 4, \"topk_group\": 2,"
        + " \"first_k_dense_replace\": 1, \"q_lora_rank\": null, \"kv_lora_rank\": 5,"
        + " \"qk_nope_head_dim\": 3, \"qk_rope_head_dim\": 4, \"v_head_dim\": 5,"
        + " \"norm_topk_prob\": false, \"routed_scaling_factor\": 4.0}";
  }

  private static String glm() {
    return "{\"model_type\": \"glm4_moe\", "
        + COMMON
        + "\"num_key_value_heads\": 2, \"head_dim\": 8, \"intermediate_size\": 12,"
        + " \"moe_intermediate_size\": 7, \"n_routed_experts\": 6, \"num_experts_per_tok\": 2,"
        + " \"n_shared_experts\": 1, \"n_group\": 1, \"topk_group\": 1,"
        + " \"first_k_dense_replace\": 1, \"partial_rotary_factor\": 0.5,"
        + " \"norm_topk_prob\": true, \"routed_scaling_factor\": 1.5, \"attention_bias\": true,"
        + " \"use_qk_norm\": true}";
  }

  public static Stream<String> all() {
    return Stream.of(
        mixtral(), qwen2(), qwen3(), olmoe(), deepseek(), gptOss(), deepseekV2(), glm());
  }
}
