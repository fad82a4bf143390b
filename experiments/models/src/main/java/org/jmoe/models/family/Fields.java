package org.jmoe.models.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.jmoe.block.Norm;
import org.jmoe.tensor.Activation;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.ModelSpec;

/** Reads configuration fields that many families share. */
public final class Fields {
  private static final int MAX_LAYERS = 1 << 14; // published models have hundreds

  private static final int MAX_PRODUCT = 1 << 24; // of two sizes that form one axis

  private Fields() {}

  /** Returns the gated activation of {@code hidden_act}. */
  public static Activation gated(HubConfig config) {
    String name = config.text("hidden_act", "silu");
    return switch (name) {
      case "silu", "swish" -> Activation.SWIGLU;
      case "gelu" -> Activation.GEGLU;
      case "gelu_pytorch_tanh", "gelu_new", "gelu_fast" -> Activation.GEGLU_TANH;
      case "relu" -> Activation.REGLU;
      default ->
          throw config.fault(
              "has hidden_act = \"%s\"; implemented are silu, gelu, gelu_pytorch_tanh and relu"
                  .formatted(name));
    };
  }

  /** Returns the width of a head: {@code head_dim}, or D / heads if that is absent or null. */
  public static int headDim(HubConfig config, int dim, int heads) {
    if (config.has("head_dim")) {
      product(config, "head_dim", "num_attention_heads");
      return config.size("head_dim", 1);
    }
    if (dim % heads != 0) {
      throw config.fault(
          "has num_attention_heads = %d, which does not divide hidden_size = %d; add head_dim"
              .formatted(heads, dim));
    }
    return dim / heads;
  }

  /**
   * Returns the product of two sizes that form one axis.
   *
   * @throws org.jmoe.io.DataFormatException if the product exceeds 2^24
   */
  public static int product(HubConfig config, String one, String other) {
    long product = (long) config.size(one, 1) * config.size(other, 1);
    if (product > MAX_PRODUCT) {
      throw config.fault(
          "has %s = %d and %s = %d, whose product exceeds %d; use the values of the published model"
              .formatted(one, config.size(one, 1), other, config.size(other, 1), MAX_PRODUCT));
    }
    return (int) product;
  }

  /** Returns the number of key and value heads; defaults to the number of query heads. */
  public static int kvHeads(HubConfig config, int heads) {
    int kvHeads = config.has("num_key_value_heads") ? config.size("num_key_value_heads", 1) : heads;
    if (heads % kvHeads != 0) {
      throw config.fault(
          "has num_key_value_heads = %d, which does not divide num_attention_heads = %d; use a divisor"
              .formatted(kvHeads, heads));
    }
    return kvHeads;
  }

  /** Returns the number of experts per token, which is at most the number of experts. */
  public static int expertsPerToken(HubConfig config, int experts) {
    int k = config.integer("num_experts_per_tok", 1);
    if (k > experts) {
      throw config.fault(
          "has num_experts_per_tok = %d; use at most the number of experts, %d"
              .formatted(k, experts));
    }
    return k;
  }

  /** Returns whether a layer is dense by {@code mlp_only_layers} or {@code decoder_sparse_step}. */
  public static boolean isDense(HubConfig config, int layer) {
    boolean listed = false;
    if (config.has("mlp_only_layers")) {
      JsonNode list = config.json("mlp_only_layers");
      for (JsonNode only : list) {
        listed |= only.isInt() && only.intValue() == layer;
      }
      if (!list.isArray() || !isAllIntegers(list)) {
        throw config.fault("has mlp_only_layers = %s; use a list of layers".formatted(list));
      }
    }
    return listed || (layer + 1) % config.integerOr("decoder_sparse_step", 1, 1) != 0;
  }

  private static boolean isAllIntegers(JsonNode list) {
    boolean all = true;
    for (JsonNode each : list) {
      all &= each.isInt();
    }
    return all;
  }

  /**
   * Returns whether a layer uses sliding-window attention according to {@code layer_types}.
   *
   * @param fallback returned if there is no such list
   */
  public static boolean isSliding(HubConfig config, int layer, boolean fallback) {
    return chosen(config, "layer_types", layer, "full_attention", "sliding_attention", fallback);
  }

  /**
   * Returns whether a layer is an MoE layer according to {@code mlp_layer_types}.
   *
   * @param fallback returned if there is no such list
   */
  public static boolean isSparse(HubConfig config, int layer, boolean fallback) {
    return chosen(config, "mlp_layer_types", layer, "dense", "sparse", fallback);
  }

  /** Returns whether the entry of a layer in a list is the second of two words. */
  private static boolean chosen(
      HubConfig config, String key, int layer, String first, String second, boolean fallback) {
    if (!config.has(key)) {
      return fallback;
    }
    JsonNode types = config.json(key);
    int layers = layers(config);
    if (!types.isArray() || types.size() != layers) {
      throw config.fault(
          "has %s = %s; use a list of num_hidden_layers = %d strings"
              .formatted(key, types.isArray() ? types.size() + " entries" : types, layers));
    }
    String type = types.path(layer).asText();
    if (!type.equals(first) && !type.equals(second)) {
      throw config.fault(
          "has %s in %s; implemented are %s and %s"
              .formatted(types.path(layer), key, first, second));
    }
    return type.equals(second);
  }

  /** Returns the sliding window shared by all layers; 0 for none. */
  public static int window(HubConfig config) {
    int window = config.integerOr("sliding_window", 1, 0);
    if (window > 0 && config.has("layer_types")) {
      for (int layer = 0; layer < layers(config); layer++) {
        if (!isSliding(config, layer, true)) {
          throw config.fault(
              "has sliding_window = %d but full attention in layer %d of layer_types; remove one of them"
                  .formatted(window, layer));
        }
      }
    }
    return window;
  }

  /** Returns the number of layers. */
  public static int layers(HubConfig config) {
    int layers = config.size("num_hidden_layers", 1);
    if (layers > MAX_LAYERS) {
      throw config.fault(
          "has num_hidden_layers = %d; use at most %d".formatted(layers, MAX_LAYERS));
    }
    return layers;
  }

  /**
   * Returns the embedding, final normalization and output tensors, ready for the layers' tensors.
   */
  public static DecoderTensors tensors(HubConfig config) {
    return new DecoderTensors(
        config.size("vocab_size", 1),
        config.size("hidden_size", 1),
        config.flag("tie_word_embeddings"));
  }

  /** Returns the epsilon of the RMS normalizations. */
  public static double epsilon(HubConfig config) {
    double epsilon = config.number("rms_norm_eps");
    if (epsilon < 0) {
      throw config.fault("has rms_norm_eps = %s; use a number of at least 0".formatted(epsilon));
    }
    return epsilon;
  }

  /** Returns a model with the given layers and RMS normalization. */
  public static ModelSpec model(HubConfig config, List<DecoderBlock.Spec> blocks) {
    return ModelSpec.builder(
            config.size("vocab_size", 1),
            config.integer("max_position_embeddings", 1),
            config.size("hidden_size", 1))
        .extrapolates(true)
        .norm(Norm.Kind.RMS, epsilon(config))
        .tied(config.flag("tie_word_embeddings"))
        .blocks(blocks)
        .build();
  }
}
