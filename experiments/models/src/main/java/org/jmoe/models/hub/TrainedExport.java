package org.jmoe.models.hub;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.SharedSpec;
import org.jmoe.models.family.ModelFamilies;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Activation;
import org.jmoe.training.run.LoadedRun;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.FeedForward;
import org.jmoe.transformer.GroupedAttention;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.Norm;
import org.jmoe.transformer.Rotary;
import org.jmoe.transformer.RotaryScaling;

/**
 * A model that was trained here in terms of a published architecture: Mixtral where every layer has
 * normalised top-k experts alone, Qwen2-MoE where they stand beside a gated shared expert.
 */
public final class TrainedExport {
  private static final String PREFIX = "model/";
  private static final String UNLIKE = "has layers of one kind that differ from each other";

  private TrainedExport() {}

  /**
   * Writes a run's model.
   *
   * @throws IllegalArgumentException naming what no supported architecture has
   */
  public static void write(LoadedRun run, HubExport export, ModelFamilies families) {
    export.write(run.model(), PREFIX, config(run.config().model()), families);
  }

  static ObjectNode config(ModelSpec spec) {
    MoeLayer.Spec moe = spec.firstMoe().orElseThrow(() -> refusal("has no experts"));
    need(spec.blocks().stream().allMatch(b -> b.moe() == null || moe.equals(b.moe())), UNLIKE);
    need(spec.causal(), "is not causal");
    need(spec.norm().kind() == Norm.Kind.RMS, "normalises by LAYER in place of RMS");
    need(!spec.learnedPositions(), "has learned positions in place of rotary ones");
    ObjectNode config = common(spec);
    if (!(moe.router() instanceof TopKRouter.Spec router)
        || !(moe.expert() instanceof FeedForwardExperts.Spec expert)) {
      throw refusal("has other experts or another router than a top-k softmax");
    }
    need(router.scalingFactor() == 1, "scales the weights of its experts");
    need(expert.activation() == Activation.SWIGLU && !expert.bias(), "has experts unlike SwiGLU");
    config.put("num_experts_per_tok", router.k());
    SharedSpec shared = moe.shared();
    if (shared == null) {
      need(
          spec.blocks().stream().allMatch(block -> block.moe() != null),
          "has dense layers without a shared expert beside its MoE layers");
      need(router.normalise(), "does not normalise the weights of its experts");
      config.put("model_type", "mixtral");
      config.putArray("architectures").add("MixtralForCausalLM");
      config.put("num_local_experts", moe.experts());
      config.put("intermediate_size", expert.hidden());
      config.putNull("sliding_window");
      return config;
    }
    need(
        shared.mix() == SharedSpec.Mix.GATED
            && shared.expert() instanceof FeedForwardExperts.Spec beside
            && beside.activation() == Activation.SWIGLU
            && !beside.bias(),
        "has a shared expert unlike a gated SwiGLU");
    qwen(config, spec, moe, router.normalise(), expert.hidden());
    return config;
  }

  private static ObjectNode common(ModelSpec spec) {
    if (!(spec.blocks().get(0).attention() instanceof GroupedAttention.Spec attention)) {
      throw refusal("has no grouped attention");
    }
    Rotary rotary = attention.rotary();
    if (rotary == null) {
      throw refusal("has no rotary positions");
    }
    GroupedAttention.Spec plain =
        GroupedAttention.Spec.builder(attention.heads(), attention.kvHeads())
            .headDim(attention.headDim())
            .norm(GroupedAttention.QueryNorm.NONE, attention.epsilon())
            .rotary(rotary)
            .build();
    boolean whole = rotary.width() == 0 || rotary.width() == attention.headWidth(spec.dim());
    need(
        spec.blocks().stream().allMatch(block -> plain.equals(block.attention()))
            && whole
            && !rotary.pairs()
            && rotary.scaling() instanceof RotaryScaling.None,
        "has attention with more than grouped heads and plain rotary positions");
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
    int dense = hidden; // without meaning where every layer has experts
    ArrayNode denseLayers = config.putArray("mlp_only_layers");
    for (int layer = 0; layer < spec.layerCount(); layer++) {
      DecoderBlock.Spec block = spec.blocks().get(layer);
      FeedForward.Spec feedForward = block.feedForward();
      if (block.moe() == null && feedForward != null) {
        need(feedForward.activation() == Activation.SWIGLU, "has dense layers unlike SwiGLU");
        need(denseLayers.isEmpty() || dense == feedForward.hidden(), UNLIKE);
        dense = feedForward.hidden();
        denseLayers.add(layer);
      }
    }
    config.put("intermediate_size", dense);
  }

  private static void need(boolean holds, String otherwise) {
    if (!holds) {
      throw refusal(otherwise);
    }
  }

  private static IllegalArgumentException refusal(String problem) {
    return new IllegalArgumentException(
        "The model " + problem + ", so that it is neither a mixtral nor a qwen2_moe.");
  }
}
