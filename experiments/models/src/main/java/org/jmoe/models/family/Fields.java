package org.jmoe.models.family;

import java.util.List;
import org.jmoe.tensor.Activation;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.Norm;
import org.jspecify.annotations.Nullable;

/** Fields that the architectures share. */
final class Fields {
  private Fields() {}

  /** The gated activation that {@code hidden_act} names. */
  static Activation gated(HubConfig config) {
    String name = config.text("hidden_act", "silu");
    return switch (name) {
      case "silu", "swish" -> Activation.SWIGLU;
      case "gelu" -> Activation.GEGLU;
      case "gelu_pytorch_tanh", "gelu_new", "gelu_fast" -> Activation.GEGLU_TANH;
      case "relu" -> Activation.REGLU;
      default ->
          throw config.fault(
              "has hidden_act = \"%s\", which is not implemented; silu, gelu, gelu_pytorch_tanh and relu are"
                  .formatted(name));
    };
  }

  /** Width of a head: {@code head_dim}, or what the width leaves for each. */
  static int headDim(HubConfig config, int dim, int heads) {
    if (!config.has("head_dim") && dim % heads != 0) {
      throw config.fault(
          "has num_attention_heads = %d, which does not divide hidden_size = %d"
              .formatted(heads, dim));
    }
    return config.whole("head_dim", 1, dim / heads);
  }

  /** Key and value heads, as many as query heads where the field is not there. */
  static int kvHeads(HubConfig config, int heads) {
    int kvHeads = config.whole("num_key_value_heads", 1, heads);
    if (heads % kvHeads != 0) {
      throw config.fault(
          "has num_key_value_heads = %d, which does not divide num_attention_heads = %d"
              .formatted(kvHeads, heads));
    }
    return kvHeads;
  }

  /** A number of experts that goes by either of two names. */
  static int experts(HubConfig config, String name, String other) {
    boolean both = config.has(name) && config.has(other);
    int experts = config.has(name) ? config.whole(name, 0) : config.whole(other, 0);
    if (both && experts != config.whole(other, 0)) {
      throw config.fault("has %s and %s of different values".formatted(name, other));
    }
    return experts;
  }

  /** Experts a token, at most as many as there are. */
  static int chosen(HubConfig config, int experts) {
    int k = config.whole("num_experts_per_tok", 1);
    if (experts > 0 && k > experts) {
      throw config.fault(
          "has num_experts_per_tok = %d, more than its %d experts".formatted(k, experts));
    }
    return k;
  }

  /** Whether the layer is one of {@code mlp_only_layers} or between those of the sparse step. */
  static boolean isDense(HubConfig config, int layer) {
    boolean listed = false;
    if (config.has("mlp_only_layers")) {
      if (!config.node("mlp_only_layers").isArray()) {
        throw config.fault(
            "has mlp_only_layers = %s, where a list of layers is needed"
                .formatted(config.node("mlp_only_layers")));
      }
      for (var only : config.node("mlp_only_layers")) {
        listed |= only.asInt(-1) == layer;
      }
    }
    return listed || (layer + 1) % config.whole("decoder_sparse_step", 1, 1) != 0;
  }

  /**
   * How weights are packed, of a method that is implemented.
   *
   * @return the part that says it; null where weights are plain
   */
  static @Nullable HubConfig packing(HubConfig config, String method) {
    if (!config.has("quantization_config")) {
      return null;
    }
    HubConfig packing = config.part(config.node("quantization_config"));
    packing.only("quant_method", method);
    packing.text("quant_method");
    packing.harmless("modules_to_not_convert");
    return packing;
  }

  /** The model of layers one by one; all families normalise by RMS and have rotary positions. */
  static ModelSpec model(
      HubConfig config, double epsilon, boolean tied, List<DecoderBlock.Spec> blocks) {
    return ModelSpec.builder(
            config.whole("vocab_size", 1),
            config.whole("max_position_embeddings", 1),
            config.whole("hidden_size", 1))
        .extrapolates(true)
        .norm(Norm.Kind.RMS, epsilon)
        .tied(tied)
        .blocks(blocks)
        .build();
  }
}
