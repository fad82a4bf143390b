package org.jmoe.models.published.deepseek;

import org.jmoe.models.family.DecoderTensors;
import org.jmoe.models.family.Fields;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.MappedAttention;
import org.jmoe.models.family.RopeConfig;
import org.jmoe.transformer.attention.LatentAttention;
import org.jmoe.transformer.attention.Rotary;

/** Multi-head latent attention in the configuration and layout of DeepSeek-V2 and DeepSeek-V3. */
record DeepseekAttention(LatentAttention.Spec spec, int dim) implements MappedAttention {
  static DeepseekAttention of(HubConfig config) {
    int heads = config.size("num_attention_heads", 1);
    if (config.integerOr("num_key_value_heads", 1, heads) != heads) {
      throw config.fault(
          "has num_key_value_heads = %d; latent attention requires num_attention_heads = %d"
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
    String prefix = DecoderTensors.tensorPrefix(layer) + "self_attn.";
    String parameter = DecoderTensors.parameterPrefix(layer) + "attention/";
    int low = spec.queryRank();
    int narrow = spec.rank() + spec.rotary().width();
    if (low == 0) {
      tensors.matrix(prefix + "q_proj.weight", parameter + "query", spec.queryColumns(), dim);
    } else {
      tensors.matrix(prefix + "q_a_proj.weight", parameter + "query_down", low, dim);
      tensors.vector(prefix + "q_a_layernorm.weight", parameter + "query_norm/gain", low);
      tensors.matrix(prefix + "q_b_proj.weight", parameter + "query", spec.queryColumns(), low);
    }
    tensors.matrix(prefix + "kv_a_proj_with_mqa.weight", parameter + "down", narrow, dim);
    tensors.vector(prefix + "kv_a_layernorm.weight", parameter + "norm/gain", spec.rank());
    tensors.matrix(
        prefix + "kv_b_proj.weight",
        parameter + "up",
        spec.heads() * (spec.plain() + spec.value()),
        spec.rank());
    tensors.matrix(prefix + "o_proj.weight", parameter + "out", dim, spec.heads() * spec.value());
    if (spec.bias()) {
      if (low > 0) {
        tensors.vector(prefix + "q_a_proj.bias", parameter + "query_down_bias", low);
      }
      tensors.vector(prefix + "kv_a_proj_with_mqa.bias", parameter + "down_bias", narrow);
      tensors.vector(prefix + "o_proj.bias", parameter + "out_bias", dim);
    }
  }
}
