package org.jmoe.models.published;

import org.jmoe.models.family.DecoderTensors;
import org.jmoe.models.family.Fields;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.RopeConfig;
import org.jmoe.transformer.LatentAttention;
import org.jmoe.transformer.Rotary;

/** Multi-head latent attention as DeepSeek-V2 and DeepSeek-V3 configure and store it. */
record DeepseekAttention(LatentAttention.Spec spec, int dim)
    implements DeepseekLayers.AttentionTensors {
  static DeepseekAttention of(HubConfig config) {
    int heads = config.size("num_attention_heads", 1);
    if (config.integerOr("num_key_value_heads", 1, heads) != heads) {
      throw config.fault(
          "has num_key_value_heads = %d; latent attention has as many as num_attention_heads = %d"
              .formatted(config.integer("num_key_value_heads", 1), heads));
    }
    int plain = config.size("qk_nope_head_dim", 1);
    int rotated = config.size("qk_rope_head_dim", 1);
    int value = config.size("v_head_dim", 1);
    Fields.product(config, "num_attention_heads", "qk_nope_head_dim");
    Fields.product(config, "num_attention_heads", "qk_rope_head_dim");
    Fields.product(config, "num_attention_heads", "v_head_dim");
    if (rotated % 2 != 0) {
      throw config.fault("has qk_rope_head_dim = %d; use an even number".formatted(rotated));
    }
    boolean pairs = !config.has("rope_interleave") || config.flag("rope_interleave");
    RopeConfig rope = new RopeConfig(config);
    Rotary rotary = rope.rotary(rotated, pairs);
    return new DeepseekAttention(
        LatentAttention.Spec.of(heads, config.size("kv_lora_rank", 1), plain, rotated, value)
            .withQueryRank(config.has("q_lora_rank") ? config.size("q_lora_rank", 1) : 0)
            .withBias(config.flag("attention_bias"))
            .withRotary(rotary, rope.scoreFactor()),
        config.size("hidden_size", 1));
  }

  @Override
  public void add(DecoderTensors tensors, int layer) {
    String theirs = DecoderTensors.upstream(layer) + "self_attn.";
    String own = DecoderTensors.ours(layer) + "attention/";
    int low = spec.queryRank();
    int narrow = spec.rank() + spec.rotary().width();
    if (low == 0) {
      tensors.matrix(theirs + "q_proj.weight", own + "query", spec.queryColumns(), dim);
    } else {
      tensors.matrix(theirs + "q_a_proj.weight", own + "query_down", low, dim);
      tensors.vector(theirs + "q_a_layernorm.weight", own + "query_norm/gain", low);
      tensors.matrix(theirs + "q_b_proj.weight", own + "query", spec.queryColumns(), low);
    }
    tensors.matrix(theirs + "kv_a_proj_with_mqa.weight", own + "down", narrow, dim);
    tensors.vector(theirs + "kv_a_layernorm.weight", own + "norm/gain", spec.rank());
    tensors.matrix(
        theirs + "kv_b_proj.weight",
        own + "up",
        spec.heads() * (spec.plain() + spec.value()),
        spec.rank());
    tensors.matrix(theirs + "o_proj.weight", own + "out", dim, spec.heads() * spec.value());
    if (spec.bias()) {
      if (low > 0) {
        tensors.vector(theirs + "q_a_proj.bias", own + "query_down_bias", low);
      }
      tensors.vector(theirs + "kv_a_proj_with_mqa.bias", own + "down_bias", narrow);
      tensors.vector(theirs + "o_proj.bias", own + "out_bias", dim);
    }
  }
}
