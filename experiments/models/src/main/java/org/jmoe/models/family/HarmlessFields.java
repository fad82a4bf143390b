package org.jmoe.models.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSet;

/**
 * Fields of published configurations that do not affect the logits and that no family reads. Some
 * are ignored at any value, others at one value only; each is listed under the reason. A field that
 * is neither read nor listed here is rejected.
 */
final class HarmlessFields {
  /** Fields that are ignored at any value. */
  private static final ImmutableSet<String> ANY =
      names(
          """
          # Read by generate(); Transformers removes them from a model's configuration.
          assistant_confidence_threshold assistant_lookbehind bad_words_ids begin_suppress_tokens
          cache_implementation diversity_penalty do_sample early_stopping
          encoder_no_repeat_ngram_size encoder_repetition_penalty epsilon_cutoff eta_cutoff
          exponential_decay_length_penalty forced_bos_token_id forced_eos_token_id length_penalty
          max_length max_new_tokens min_length min_p no_repeat_ngram_size num_assistant_tokens
          num_assistant_tokens_schedule num_beam_groups num_beams num_return_sequences
          output_scores prefix remove_invalid_values repetition_penalty return_dict_in_generate
          suppress_tokens target_lookbehind temperature top_k top_p typical_p use_cache

          # Read by tokenizers, and tokens that begin and end a text.
          bos_token_id chat_template cls_token_id decoder_start_token_id eos_token_id mask_token_id
          model_max_length pad_token_id sep_token_id tokenizer_class unk_token_id

          # Used in training only: initial weights, dropout, losses, memory.
          attention_dropout attn_pdrop aux_loss_alpha aux_loss_coef classifier_dropout embd_pdrop
          embedding_dropout gradient_checkpointing hidden_dropout hidden_dropout_prob init_std
          initializer_range input_jitter_noise layerdrop moe_aux_loss_coeff neftune_noise_alpha
          resid_pdrop residual_dropout router_aux_loss_coef router_jitter_noise router_z_loss_coef
          seq_aux seq_length z_loss_coef

          # Additional outputs, and heads of tasks other than language modeling.
          finetuning_task id2label keys_to_ignore_at_inference label2id num_labels
          output_attentions output_hidden_states output_router_logits problem_type return_dict
          task_specific_params use_return_dict

          # Kernels, devices and data types in memory; jmoe computes in float32.
          attn_implementation base_model_ep_plan base_model_pp_plan base_model_tp_plan
          chunk_size_feed_forward dtype ep_size experts_implementation is_decoder moe_router_dtype
          pretraining_tp residual_in_fp32 router_dtype tf_legacy_loss torch_dtype torchscript
          use_bfloat16 use_flash_attention_2 use_flash_attn xla_device

          # Origin of the checkpoint and the tool that wrote it.
          auto_map base_model language license model_name name name_or_path tags
          transformers.js_config transformers_version

          # Multi-token prediction layers, which Transformers does not run.
          num_mtp_layers num_nextn_predict_layers use_mtp

          # Only used with use_sliding_window, which is rejected when true.
          max_window_layers
          """);

  /** Prefixes of private fields of Transformers and of tools that copy or merge checkpoints. */
  private static final ImmutableSet<String> PREFIXES = names("_ unsloth_ mergekit_");

  /** Optional parts, which are absent if the field is null, false, 0 or an empty list. */
  private static final ImmutableSet<String> PARTS =
      names(
          """
          # Biases.
          add_bias_linear add_qkv_bias attention_bias attention_out_bias bias mlp_bias qkv_bias
          use_bias use_qkv_bias

          # Attention.
          alibi attn_logit_softcapping attn_output_gate clip_qkv qk_layernorm qk_norm sliding_window
          use_alibi use_parallel_residual use_qk_norm use_sliding_window

          # Encoder-decoder models.
          add_cross_attention cross_attention_hidden_size is_encoder_decoder tie_encoder_decoder

          # Experts and layers.
          first_k_dense_replace mlp_only_layers n_shared_experts num_shared_experts pruned_heads
          shared_expert_intermediate_size zero_expert_num

          # Logits.
          final_logit_softcapping
          """);

  /** Factors, group counts and step sizes that have no effect at 1. */
  private static final ImmutableSet<String> FACTORS =
      names(
          """
          decoder_sparse_step embedding_multiplier expert_layer_period logit_scale logits_scaling
          moe_layer_freq n_group num_expert_group partial_rotary_factor residual_multiplier
          rotary_pct routed_scaling_factor scale_emb topk_group
          """);

  private HarmlessFields() {}

  private static ImmutableSet<String> names(String table) {
    return Splitter.on('\n')
        .splitToStream(table)
        .filter(line -> !line.startsWith("#"))
        .flatMap(
            line -> Splitter.on(CharMatcher.whitespace()).omitEmptyStrings().splitToStream(line))
        .collect(ImmutableSet.toImmutableSet());
  }

  /** Returns whether a field that no family has read has no effect at its value. */
  static boolean covers(String key, JsonNode value) {
    return value.isNull()
        || ANY.contains(key)
        || PREFIXES.stream().anyMatch(key::startsWith)
        || (PARTS.contains(key) && isOff(value))
        || (FACTORS.contains(key) && value.isNumber() && value.doubleValue() == 1)
        || (key.equals("layer_types") && isAll(value, "full_attention"));
  }

  private static boolean isOff(JsonNode value) {
    return value.isBoolean()
        ? !value.booleanValue()
        : value.isNumber() ? value.doubleValue() == 0 : value.isContainerNode() && value.isEmpty();
  }

  private static boolean isAll(JsonNode list, String word) {
    boolean all = list.isArray();
    for (JsonNode each : list) {
      all &= each.isTextual() && each.textValue().equals(word);
    }
    return all;
  }
}
