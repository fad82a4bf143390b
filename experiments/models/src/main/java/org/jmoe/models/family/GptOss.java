package org.jmoe.models.family;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.util.List;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.topk.GptOssRouter;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.StridedPart;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.GroupedAttention;
import org.jmoe.transformer.Rotary;
import org.jmoe.transformer.RotaryScaling;

/**
 * gpt-oss (OpenAI 2025; Hugging Face {@code gpt_oss}): attention sinks, sliding and full layers in
 * turn, experts with biases and a clamp, whose gate and up columns alternate in the files.
 */
final class GptOss implements Architecture {
  @Override
  public String type() {
    return "gpt_oss";
  }

  @Override
  public String className() {
    return "GptOssForCausalLM";
  }

  @Override
  public HubPlan plan(HubConfig config) {
    int dim = config.whole("hidden_size", 1);
    int vocabulary = config.whole("vocab_size", 1);
    int heads = config.whole("num_attention_heads", 1);
    int kvHeads = Fields.kvHeads(config, heads);
    int headDim = config.whole("head_dim", 1, 64);
    int hidden = config.whole("intermediate_size", 1);
    int experts = Fields.experts(config, "num_local_experts", "num_experts");
    int k = Fields.chosen(config, experts);
    boolean bias = config.flag("attention_bias", true);
    boolean tied = config.flag("tie_word_embeddings", false);
    double epsilon = config.number("rms_norm_eps", 1e-5);
    Rotary rotary = rotary(config, headDim);
    config.only("hidden_act", "silu");
    config.only("swiglu_limit", "7.0");
    config.only("experts_per_token", Integer.toString(k));
    config.harmless("initial_context_length");
    HubConfig packing = Fields.packing(config, "mxfp4");
    if (packing != null) {
      packing.refuseUnread();
      int block = PackedNumbers.block();
      if (dim % block != 0 || hidden % block != 0) {
        throw config.fault(
            "packs hidden_size = %d and intermediate_size = %d, which %d does not divide"
                .formatted(dim, hidden, block));
      }
    }
    MoeLayer.Spec moe =
        new MoeLayer.Spec(
            experts,
            new GptOssRouter.Spec(k, Capacity.dropless()),
            new FeedForwardExperts.Spec(hidden, Activation.CLAMPED_SWIGLU, true, 0));

    DecoderTensors tensors = new DecoderTensors(vocabulary, dim, tied);
    ImmutableList.Builder<DecoderBlock.Spec> layers = ImmutableList.builder();
    ImmutableList.Builder<String> routers = ImmutableList.builder();
    for (int i = 0; i < config.whole("num_hidden_layers", 1); i++) {
      GroupedAttention.Spec attention =
          GroupedAttention.Spec.builder(heads, kvHeads)
              .headDim(headDim)
              .bias(bias, bias)
              .window(window(config, i))
              .sinks(true)
              .rotary(rotary)
              .build();
      layers.add(DecoderBlock.Spec.moe(attention, moe));
      tensors.norms(i);
      tensors.attention(i, attention);
      tensors.router(i, experts, "mlp.router.weight");
      tensors.vector(
          DecoderTensors.upstream(i) + "mlp.router.bias",
          DecoderTensors.ours(i) + "moe/router/bias",
          experts);
      experts(tensors.map(), i, experts, dim, hidden, packing != null);
      routers.add(DecoderTensors.upstream(i) + "mlp.router");
    }
    return new HubPlan(
        type(),
        Fields.model(config, epsilon, tied, layers.build()),
        tensors.map(),
        routers.build(),
        "softmax over the " + k + " largest logits",
        ChoiceOrder.bestFirst());
  }

  private static Rotary rotary(HubConfig config, int headDim) {
    if (RopeConfig.isAbsent(config)) {
      double base = config.number("rope_theta", 150_000);
      double magnitude = 0.1 * Math.log(32) + 1;
      return Rotary.upstream(
          headDim, base, false, new RotaryScaling.Yarn(32, 32, 1, 4096, false, magnitude));
    }
    return new RopeConfig(config, 150_000).rotary(headDim, false);
  }

  private static int window(HubConfig config, int layer) {
    boolean slides =
        config.has("layer_types")
            ? Qwen2Moe.LayerTypes.slides(config, layer)
            : (layer + 1) % 2 != 0;
    int size = config.whole("sliding_window", 1, 128);
    return slides ? size : 0;
  }

  /**
   * Upstream's stacks have inputs before outputs, as ours; gate and up take turns in their last
   * axis. Packed ones have outputs before inputs.
   */
  private static void experts(
      TensorMap map, int layer, long experts, long dim, long hidden, boolean packed) {
    String theirs = DecoderTensors.upstream(layer) + "mlp.experts.";
    String own = DecoderTensors.ours(layer) + "moe/experts/";
    long columns = 2 * hidden;
    StridedPart in =
        StridedPart.of(
            0,
            new long[] {experts, dim, hidden, 2},
            new long[] {dim * columns, columns, 1, hidden});
    List<TensorTarget> plain =
        List.of(
            new TensorTarget(
                theirs + "gate_up_proj",
                ImmutableLongArray.of(experts, dim, columns),
                own + "in",
                in),
            TensorTarget.same(theirs + "down_proj", own + "out", experts, hidden, dim));
    map.addChoice(
        packed ? List.of(plain, packed(theirs, own, experts, dim, hidden)) : List.of(plain));
    map.add(
        new TensorTarget(
            theirs + "gate_up_proj_bias",
            ImmutableLongArray.of(experts, columns),
            own + "in_bias",
            StridedPart.of(0, new long[] {experts, hidden, 2}, new long[] {columns, 1, hidden})));
    map.add(TensorTarget.same(theirs + "down_proj_bias", own + "out_bias", experts, dim));
  }

  private static List<TensorTarget> packed(
      String theirs, String own, long experts, long dim, long hidden) {
    long block = PackedNumbers.block();
    long columns = 2 * hidden;
    return List.of(
        new TensorTarget(
            theirs + "gate_up_proj_blocks",
            ImmutableLongArray.of(experts, columns, dim / block, block / 2),
            own + "in",
            StridedPart.of(
                0,
                new long[] {experts, hidden, 2, dim},
                new long[] {dim * columns, 1, hidden, columns}),
            true),
        new TensorTarget(
            theirs + "down_proj_blocks",
            ImmutableLongArray.of(experts, dim, hidden / block, block / 2),
            own + "out",
            StridedPart.of(0, new long[] {experts, dim, hidden}, new long[] {hidden * dim, 1, dim}),
            true));
  }
}
