package org.jmoe.models.hub;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jmoe.block.Norm;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.SharedSpec;
import org.jmoe.models.family.ModelFamilies;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Activation;
import org.jmoe.training.run.LoadedRun;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.FeedForward;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.attention.GroupedAttention;
import org.jmoe.transformer.attention.QueryNorm;
import org.jmoe.transformer.attention.Rotary;
import org.jmoe.transformer.attention.RotaryScaling;

/**
 * Exports a model that was trained with jmoe as a published architecture: Mixtral if every layer
 * has only top-k experts with normalized weights, Qwen2-MoE if there is also a gated shared expert.
 */
public final class TrainedExport {
  private static final String PREFIX = "model/";
  private static final String MIXED_LAYERS = "has MoE or dense layers that differ from each other";

  private TrainedExport() {}

  /**
   * Writes the model of a run.
   *
   * @throws IllegalArgumentException if no supported architecture can express the model
   */
  public static void write(LoadedRun run, HubExport export, ModelFamilies families) {
    export.write(run.model(), PREFIX, config(run.config().model()), families);
  }

  static ObjectNode config(ModelSpec spec) {
    MoeLayer.Spec moe = spec.firstMoe().orElseThrow(() -> unsupported("has no experts"));
    require(
        spec.blocks().stream().allMatch(b -> b.moe() == null || moe.equals(b.moe())), MIXED_LAYERS);
    require(spec.causal(), "is not causal");
    require(spec.norm().kind() == Norm.Kind.RMS, "uses LAYER instead of RMS normalization");
    require(!spec.learnedPositions(), "has learned instead of rotary positions");
    ObjectNode config = common(spec);
    if (!(moe.router() instanceof TopKRouter.Spec router)
        || !(moe.expert() instanceof FeedForwardExperts.Spec expert)) {
      throw unsupported("does not have feed-forward experts with a top-k softmax router");
    }
    require(router.scalingFactor() == 1, "scales the expert weights");
    require(
        expert.activation() == Activation.SWIGLU && !expert.bias(),
        "has experts other than SwiGLU without biases");
    config.put("num_experts_per_tok", router.k());
    SharedSpec shared = moe.shared();
    if (shared == null) {
      require(
          spec.blocks().stream().allMatch(block -> block.moe() != null),
          "has dense layers but no shared expert in its MoE layers");
      require(router.normalise(), "does not normalize the expert weights");
      config.put("model_type", "mixtral");
      config.putArray("architectures").add("MixtralForCausalLM");
      config.put("num_local_experts", moe.experts());
      config.put("intermediate_size", expert.hidden());
      config.putNull("sliding_window");
      return config;
    }
    require(
        shared.mix() == SharedSpec.Mix.GATED
            && shared.expert() instanceof FeedForwardExperts.Spec sharedExpert
            && sharedExpert.activation() == Activation.SWIGLU
            && !sharedExpert.bias(),
        "has a shared expert other than a gated SwiGLU");
    qwen(config, spec, moe, router.normalise(), expert.hidden());
    return config;
  }

  private static ObjectNode common(ModelSpec spec) {
    if (!(spec.blocks().get(0).attention() instanceof GroupedAttention.Spec attention)) {
      throw unsupported("has no grouped attention");
    }
    Rotary rotary = attention.rotary();
    if (rotary == null) {
      throw unsupported("has no rotary positions");
    }
    GroupedAttention.Spec plain =
        GroupedAttention.Spec.builder(attention.heads(), attention.kvHeads())
            .headDim(attention.headDim())
            .norm(QueryNorm.NONE, attention.epsilon())
            .rotary(rotary)
            .build();
    boolean whole = rotary.width() == 0 || rotary.width() == attention.headWidth(spec.dim());
    require(
        spec.blocks().stream().allMatch(block -> plain.equals(block.attention()))
            && whole
            && !rotary.pairs()
            && rotary.scaling() instanceof RotaryScaling.None,
        "has attention features other than grouped heads and plain rotary positions");
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("vocab_size", spec.vocabulary());
    config.put("hidden_size", spec.dim());
    config.put("num_hidden_layers", spec.layerCount());
    config.put("num_attention_heads", attention.heads());
    config.put("num_key_value_heads", attention.kvHeads());
    if (attention.headDim() > 0) {
      config.put("head_dim", attention.headDim());
    }
    config.put("max_position_embeddings", spec.context());
    config.put("rms_norm_eps", spec.norm().epsilon());
    config.put("rope_theta", rotary.base());
    config.put("tie_word_embeddings", spec.tied());
    config.put("hidden_act", "silu");
    config.put("dtype", "float32");
    return config;
  }

  private static void qwen(
      ObjectNode config, ModelSpec spec, MoeLayer.Spec moe, boolean normalise, int hidden) {
    config.put("model_type", "qwen2_moe");
    config.putArray("architectures").add("Qwen2MoeForCausalLM");
    config.put("num_experts", moe.experts());
    config.put("moe_intermediate_size", hidden);
    if (moe.shared() != null && moe.shared().expert() instanceof FeedForwardExperts.Spec shared) {
      config.put("shared_expert_intermediate_size", shared.hidden());
    }
    config.put("norm_topk_prob", normalise);
    config.put("qkv_bias", false);
    config.put("decoder_sparse_step", 1);
    int dense = hidden; // unused if every layer has experts
    ArrayNode denseLayers = config.putArray("mlp_only_layers");
    for (int layer = 0; layer < spec.layerCount(); layer++) {
      DecoderBlock.Spec block = spec.blocks().get(layer);
      FeedForward.Spec feedForward = block.feedForward();
      if (block.moe() == null && feedForward != null) {
        require(
            feedForward.activation() == Activation.SWIGLU, "has dense layers other than SwiGLU");
        require(denseLayers.isEmpty() || dense == feedForward.hidden(), MIXED_LAYERS);
        dense = feedForward.hidden();
        denseLayers.add(layer);
      }
    }
    config.put("intermediate_size", dense);
  }

  private static void require(boolean condition, String problem) {
    if (!condition) {
      throw unsupported(problem);
    }
  }

  private static IllegalArgumentException unsupported(String problem) {
    return new IllegalArgumentException(
        "The model " + problem + ", so it cannot be exported as mixtral or qwen2_moe.");
  }
}
