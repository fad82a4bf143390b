package org.jmoe.models.family;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.SharedSpec;
import org.jmoe.tensor.Activation;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.FeedForward;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.attention.AttentionSpec;
import org.jmoe.transformer.attention.GroupedAttention;
import org.jmoe.transformer.attention.LatentAttention;
import org.jmoe.transformer.attention.Rotary;

/**
 * Writes the fields of {@code config.json} that families share, the opposite of {@link Fields}.
 * Methods that find no counterpart in the model throw an {@link IllegalArgumentException} whose
 * message is the predicate of a sentence.
 */
public final class ModelFields {
  private final ModelSpec spec;
  private final ModelFamily family;
  private final ObjectNode config = JsonNodeFactory.instance.objectNode();

  /** Writes the type and the sizes outside the layers. */
  public ModelFields(ModelSpec spec, ModelFamily family) {
    this.spec = spec;
    this.family = family;
    config.put("model_type", family.modelTypes().get(0));
    config.putArray("architectures").add(family.classNames().get(0));
    config.put("vocab_size", spec.vocabulary());
    config.put("hidden_size", spec.dim());
    config.put("num_hidden_layers", spec.layerCount());
    config.put("max_position_embeddings", spec.context());
    config.put("rms_norm_eps", spec.norm().epsilon());
    config.put("tie_word_embeddings", spec.tied());
    config.put("dtype", "float32");
  }

  /** Returns the configuration, to which further fields may be added. */
  public ObjectNode json() {
    return config;
  }

  /** Writes heads and rotary positions of the first layer's grouped attention; returns it. */
  public GroupedAttention.Spec grouped() {
    if (!(spec.blocks().get(0).attention() instanceof GroupedAttention.Spec attention)) {
      throw new IllegalArgumentException("does not have grouped attention");
    }
    Rotary rotary = attention.rotary();
    if (rotary == null) {
      throw new IllegalArgumentException("has no rotary positions");
    }
    config.put("num_attention_heads", attention.heads());
    config.put("num_key_value_heads", attention.kvHeads());
    if (attention.headDim() > 0) {
      config.put("head_dim", attention.headDim());
    }
    config.put("rope_theta", rotary.base());
    return attention;
  }

  /** Writes heads, ranks and rotary positions of the first layer's latent attention; returns it. */
  public LatentAttention.Spec latent() {
    if (!(spec.blocks().get(0).attention() instanceof LatentAttention.Spec attention)) {
      throw new IllegalArgumentException("does not have latent attention");
    }
    config.put("num_attention_heads", attention.heads());
    config.put("num_key_value_heads", attention.heads());
    config.put("kv_lora_rank", attention.rank());
    if (attention.queryRank() > 0) {
      config.put("q_lora_rank", attention.queryRank());
    } else {
      config.putNull("q_lora_rank");
    }
    config.put("qk_nope_head_dim", attention.plain());
    config.put("qk_rope_head_dim", attention.rotary().width());
    config.put("v_head_dim", attention.value());
    config.put("attention_bias", attention.bias());
    config.put("rope_interleave", attention.rotary().pairs());
    config.put("rope_theta", attention.rotary().base());
    return attention;
  }

  /** Writes {@code layer_types}; returns the sliding window, 0 if no layer has one. */
  public int windows() {
    List<Integer> windows =
        spec.blocks().stream()
            .map(DecoderBlock.Spec::attention)
            .map(AttentionSpec::window)
            .toList();
    int window = windows.stream().filter(each -> each > 0).findFirst().orElse(0);
    ArrayNode types = config.putArray("layer_types");
    windows.forEach(each -> types.add(each > 0 ? "sliding_attention" : "full_attention"));
    return window;
  }

  /** Returns the first MoE layer. */
  public MoeLayer.Spec moe() {
    return spec.firstMoe().orElseThrow(() -> new IllegalArgumentException("has no experts"));
  }

  /** Returns the router of the first MoE layer. */
  public <R extends RouterSpec> R router(Class<R> type) {
    RouterSpec router = moe().router();
    if (!type.isInstance(router)) {
      throw new IllegalArgumentException(
          "does not have a router of type " + name(type) + " but " + name(router.getClass()));
    }
    return type.cast(router);
  }

  private static String name(Class<?> spec) {
    Class<?> outer = spec.getEnclosingClass();
    return (outer == null ? spec : outer).getSimpleName();
  }

  /** Writes sizes and activation of the experts in the first MoE layer; returns their settings. */
  public FeedForwardExperts.Spec experts() {
    MoeLayer.Spec moe = moe();
    if (!(moe.expert() instanceof FeedForwardExperts.Spec expert)) {
      throw new IllegalArgumentException("does not have plain feed-forward experts");
    }
    ExpertFields fields =
        family
            .expertFields()
            .orElseThrow(() -> new IllegalStateException(family.name() + " has no expert fields"));
    int k = moe.router().activeExperts(moe.experts());
    fields.write(config, moe.experts(), k, expert.hidden(), sharedWidth());
    config.put("hidden_act", name(expert.activation()));
    return expert;
  }

  /** Returns the width of the shared expert; 0 for none. */
  public int sharedWidth() {
    SharedSpec shared = moe().shared();
    if (shared == null) {
      return 0;
    }
    if (!(shared.expert() instanceof FeedForwardExperts.Spec expert)) {
      throw new IllegalArgumentException("has a shared expert other than a feed-forward");
    }
    return expert.hidden();
  }

  /** Writes the width of the dense layers, that of the experts if there are none. */
  public void denseWidth() {
    int width =
        spec.blocks().stream()
            .filter(block -> block.moe() == null)
            .map(DecoderBlock.Spec::feedForward)
            .filter(Objects::nonNull)
            .mapToInt(FeedForward.Spec::hidden)
            .findFirst()
            .orElseGet(() -> ((FeedForwardExperts.Spec) moe().expert()).hidden());
    config.put("intermediate_size", width);
  }

  /** Returns the indices of the dense layers, ascending. */
  public List<Integer> denseLayers() {
    List<DecoderBlock.Spec> blocks = spec.blocks();
    return IntStream.range(0, blocks.size())
        .filter(layer -> blocks.get(layer).moe() == null)
        .boxed()
        .toList();
  }

  private static String name(Activation activation) {
    return switch (activation) {
      case SWIGLU, CLAMPED_SWIGLU -> "silu";
      case GEGLU -> "gelu";
      case GEGLU_TANH -> "gelu_pytorch_tanh";
      case REGLU -> "relu";
      default ->
          throw new IllegalArgumentException(
              "has experts with activation " + activation + ", which has no gate");
    };
  }
}
