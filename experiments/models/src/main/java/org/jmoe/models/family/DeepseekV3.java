package org.jmoe.models.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.SharedSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Groups;
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.tensor.Activation;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.FeedForward;
import org.jmoe.transformer.LatentAttention;
import org.jmoe.transformer.Rotary;

/**
 * DeepSeek-V3 (DeepSeek-AI 2024; Hugging Face {@code deepseek_v3}): latent attention, experts in
 * groups chosen by sigmoid and bias, shared experts, dense first layers. The layers that predict
 * further tokens are passed over, as upstream does.
 */
final class DeepseekV3 implements Architecture {
  private static final String[] PARTS = {"gate_proj", "up_proj", "down_proj"};
  private static final Pattern LAYER = Pattern.compile("model[.]layers[.](\\d+)[.].*");

  @Override
  public String type() {
    return "deepseek_v3";
  }

  @Override
  public String className() {
    return "DeepseekV3ForCausalLM";
  }

  @Override
  public HubPlan plan(HubConfig config) {
    config.only("scoring_func", "sigmoid");
    config.only("topk_method", "noaux_tc");
    config.only("moe_layer_freq", "1");
    config.harmless(
        "aux_loss_alpha",
        "ep_size",
        "head_dim",
        "num_mtp_layers",
        "num_nextn_predict_layers",
        "qk_head_dim",
        "seq_aux");
    int dim = config.whole("hidden_size", 1);
    int vocabulary = config.whole("vocab_size", 1);
    int count = config.whole("num_hidden_layers", 1);
    int firstSparse = config.whole("first_k_dense_replace", 0, 3);
    int dense = config.whole("intermediate_size", 1);
    int hidden = config.whole("moe_intermediate_size", 1);
    int experts = Fields.experts(config, "n_routed_experts", "num_local_experts");
    boolean tied = config.flag("tie_word_embeddings", false);
    double epsilon = config.number("rms_norm_eps", 1e-6);
    Activation activation = Fields.gated(config);
    LatentAttention.Spec attention = attention(config);
    int shared = hidden * config.whole("n_shared_experts", 1, 1);
    DeepSeekV3Router.Spec router = router(config, experts);
    MoeLayer.Spec moe =
        new MoeLayer.Spec(
            experts,
            router,
            new FeedForwardExperts.Spec(hidden, activation, false, 0),
            new SharedSpec(
                new FeedForwardExperts.Spec(shared, activation, false, 0), SharedSpec.Mix.SUM));

    DecoderTensors tensors = new DecoderTensors(vocabulary, dim, tied);
    tensors.map().ignore((name, all) -> isBeyond(name, count, all));
    HubConfig packing = Fields.packing(config, "fp8");
    if (packing != null) {
      tensors.map().scaleBlocks(scaleBlocks(packing));
    }
    ImmutableList.Builder<DecoderBlock.Spec> layers = ImmutableList.builder();
    ImmutableList.Builder<String> routers = ImmutableList.builder();
    for (int i = 0; i < count; i++) {
      boolean sparse = i >= firstSparse;
      layers.add(
          sparse
              ? DecoderBlock.Spec.moe(attention, moe)
              : DecoderBlock.Spec.dense(attention, new FeedForward.Spec(dense, activation)));
      tensors.norms(i);
      attention(tensors, i, dim, attention);
      String theirs = DecoderTensors.upstream(i) + "mlp.";
      String own = DecoderTensors.ours(i);
      if (sparse) {
        tensors.router(i, experts, "mlp.gate.weight");
        tensors.vector(theirs + "gate.e_score_correction_bias", own + "moe/router/bias", experts);
        tensors.experts(i, "mlp", PARTS, experts, hidden);
        tensors.gated(theirs + "shared_experts.", own + "moe/shared/expert/", shared);
        routers.add(theirs + "gate");
      } else {
        tensors.gated(theirs, own + "feed_forward/", dense);
      }
    }
    return new HubPlan(
        type(),
        Fields.model(config, epsilon, tied, layers.build()),
        tensors.map(),
        routers.build(),
        "sigmoid, %d chosen by score and bias within %d of %d groups%s, times %s"
            .formatted(
                router.k(),
                router.groups().kept(),
                router.groups().count(),
                router.normalise() ? ", divided by their sum" : "",
                router.scalingFactor()),
        new ChoiceOrder(router.groups().count(), router.groups().kept()));
  }

  /** Blocks of weights that share a factor; the weights alone are of 8 bits here. */
  private static ScaleBlocks scaleBlocks(HubConfig packing) {
    packing.only("fmt", "e4m3");
    packing.harmless("activation_scheme");
    JsonNode sizes = packing.node("weight_block_size");
    packing.refuseUnread();
    if (sizes.size() != 2 || sizes.path(0).asInt() < 1 || sizes.path(1).asInt() < 1) {
      throw packing.fault(
          "has weight_block_size = %s, where rows and columns are needed".formatted(sizes));
    }
    return new ScaleBlocks(sizes.get(0).asInt(), sizes.get(1).asInt());
  }

  /** Whether a tensor is of a layer after the last that predicts further tokens. */
  private static boolean isBeyond(String name, int layers, Set<String> all) {
    Matcher layer = LAYER.matcher(name);
    return layer.matches()
        && Integer.parseInt(layer.group(1)) >= layers
        && all.contains("model.layers." + layer.group(1) + ".eh_proj.weight");
  }

  private static DeepSeekV3Router.Spec router(HubConfig config, int experts) {
    int k = Fields.chosen(config, experts);
    int groups = config.whole("n_group", 1, 8);
    int kept = config.whole("topk_group", 1, 4);
    if (kept > groups || experts % groups != 0 || k > experts / groups * kept) {
      throw config.fault(
          "has n_group = %d and topk_group = %d, from which %d of %d experts cannot be chosen"
              .formatted(groups, kept, k, experts));
    }
    if (experts / groups < 2) {
      throw config.fault(
          "has n_group = %d for %d experts; a group's score is that of its two best"
              .formatted(groups, experts));
    }
    return new DeepSeekV3Router.Spec(
        k,
        new Groups(groups, kept),
        config.flag("norm_topk_prob", true),
        config.number("routed_scaling_factor", 2.5),
        0,
        Capacity.dropless());
  }

  private static LatentAttention.Spec attention(HubConfig config) {
    int heads = config.whole("num_attention_heads", 1);
    if (config.whole("num_key_value_heads", 1, heads) != heads) {
      throw config.fault(
          "has num_key_value_heads unlike num_attention_heads = %d; latent attention has as many"
              .formatted(heads));
    }
    int plain = config.whole("qk_nope_head_dim", 1);
    int rotated = config.whole("qk_rope_head_dim", 1);
    RopeConfig rope = new RopeConfig(config, 1e4);
    Rotary rotary = rope.rotary(rotated, config.flag("rope_interleave", true));
    return LatentAttention.Spec.of(
            heads, config.whole("kv_lora_rank", 1), plain, rotated, config.whole("v_head_dim", 1))
        .withQueryRank(config.whole("q_lora_rank", 1, 0))
        .withBias(config.flag("attention_bias", false))
        .withRotary(rotary, rope.scoreFactor());
  }

  private static void attention(
      DecoderTensors tensors, int layer, int dim, LatentAttention.Spec spec) {
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
