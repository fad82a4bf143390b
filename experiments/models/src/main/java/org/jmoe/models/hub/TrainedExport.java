package org.jmoe.models.hub;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.SharedSpec;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Activation;
import org.jmoe.training.run.LoadedRun;
import org.jmoe.transformer.Norm;
import org.jmoe.transformer.Positions;
import org.jmoe.transformer.TransformerSpec;

/**
 * A model that was trained here in terms of a published architecture: Mixtral where every layer has
 * normalised top-k experts alone, Qwen2-MoE where they stand beside a gated shared expert.
 */
public final class TrainedExport {
  private static final String PREFIX = "model/";
  private static final double EPSILON = 1e-5;
  private static final int ROTARY_BASE = 10_000;

  private TrainedExport() {}

  /**
   * Writes a run's model.
   *
   * @throws IllegalArgumentException naming what no supported architecture has
   */
  public static void write(LoadedRun run, HubExport export) {
    TransformerSpec spec = run.config().model();
    export.write(run.model(), PREFIX, config(spec));
  }

  static ObjectNode config(TransformerSpec spec) {
    MoeLayer.Spec moe = spec.moe();
    need(moe != null && spec.hasMoe(), "has no experts");
    need(spec.causal(), "is not causal");
    need(spec.norm() == Norm.Kind.RMS, "normalises by LAYER in place of RMS");
    need(spec.positions() == Positions.ROTARY, "has learned positions in place of rotary ones");
    ObjectNode config = common(spec);
    if (moe == null
        || !(moe.router() instanceof TopKRouter.Spec router)
        || !(moe.expert() instanceof FeedForwardExperts.Spec expert)) {
      throw refusal("has other experts or another router than a top-k softmax");
    }
    need(router.scalingFactor() == 1, "scales the weights of its experts");
    need(expert.activation() == Activation.SWIGLU && !expert.bias(), "has experts unlike SwiGLU");
    config.put("num_experts_per_tok", router.k());
    SharedSpec shared = moe.shared();
    if (shared == null) {
      for (int layer = 0; layer < spec.layers(); layer++) {
        need(spec.isMoe(layer), "has dense layers without a shared expert beside its MoE layers");
      }
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
    need(spec.activation() == Activation.SWIGLU, "has dense layers unlike SwiGLU");
    qwen(config, spec, moe, router.normalise(), expert.hidden());
    return config;
  }

  private static ObjectNode common(TransformerSpec spec) {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("vocab_size", spec.vocabulary());
    config.put("hidden_size", spec.dim());
    config.put("num_hidden_layers", spec.layers());
    config.put("num_attention_heads", spec.heads());
    config.put("num_key_value_heads", spec.kvHeads());
    config.put("max_position_embeddings", spec.context());
    config.put("rms_norm_eps", EPSILON);
    config.put("rope_theta", ROTARY_BASE);
    config.put("tie_word_embeddings", spec.tied());
    config.put("hidden_act", "silu");
    config.put("dtype", "float32");
    return config;
  }

  private static void qwen(
      ObjectNode config, TransformerSpec spec, MoeLayer.Spec moe, boolean normalise, int hidden) {
    config.put("model_type", "qwen2_moe");
    config.putArray("architectures").add("Qwen2MoeForCausalLM");
    config.put("num_experts", moe.experts());
    config.put("intermediate_size", spec.hidden());
    config.put("moe_intermediate_size", hidden);
    if (moe.shared() != null && moe.shared().expert() instanceof FeedForwardExperts.Spec shared) {
      config.put("shared_expert_intermediate_size", shared.hidden());
    }
    config.put("norm_topk_prob", normalise);
    config.put("qkv_bias", false);
    config.put("decoder_sparse_step", 1);
    ArrayNode dense = config.putArray("mlp_only_layers");
    for (int layer = 0; layer < spec.layers(); layer++) {
      if (!spec.isMoe(layer)) {
        dense.add(layer);
      }
    }
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
