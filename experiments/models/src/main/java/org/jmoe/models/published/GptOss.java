package org.jmoe.models.published;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Objects;
import java.util.Optional;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.models.family.DecoderTensors;
import org.jmoe.models.family.ExpertFields;
import org.jmoe.models.family.Fields;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.ModelFamily;
import org.jmoe.models.family.ModelFields;
import org.jmoe.models.family.PackedNumbers;
import org.jmoe.models.family.Packing;
import org.jmoe.models.family.RopeConfig;
import org.jmoe.models.family.TensorMap;
import org.jmoe.models.family.TensorTarget;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.topk.GptOssRouter;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.StridedPart;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.attention.GroupedAttention;
import org.jmoe.transformer.attention.Rotary;
import org.jmoe.transformer.attention.RotaryScaling;

/**
 * gpt-oss (OpenAI 2025; Hugging Face {@code gpt_oss}): attention sinks, alternating sliding-window
 * and full attention, and experts with biases and clamped SwiGLU, whose gate and up columns are
 * interleaved in the files.
 */
final class GptOss implements ModelFamily {
  @Override
  public ImmutableList<String> modelTypes() {
    return ImmutableList.of("gpt_oss");
  }

  @Override
  public ImmutableList<String> classNames() {
    return ImmutableList.of("GptOssForCausalLM");
  }

  @Override
  public ImmutableMap<String, Object> defaults() {
    return ImmutableMap.<String, Object>builder()
        .put("vocab_size", 201088)
        .put("hidden_size", 2880)
        .put("intermediate_size", 2880)
        .put("head_dim", 64)
        .put("num_hidden_layers", 36)
        .put("num_attention_heads", 64)
        .put("num_key_value_heads", 8)
        .put("num_local_experts", 128)
        .put("num_experts_per_tok", 4)
        .put("sliding_window", 128)
        .put("attention_bias", true)
        .put("max_position_embeddings", 131072)
        .put("rope_theta", 150_000.0)
        .put("rms_norm_eps", 1e-5)
        .buildOrThrow();
  }

  @Override
  public ImmutableMap<String, String> aliases() {
    return ImmutableMap.of("num_local_experts", "num_experts");
  }

  @Override
  public Optional<ExpertFields> expertFields() {
    return Optional.of(
        ExpertFields.of(ImmutableList.of("num_local_experts", "num_experts"), "intermediate_size")
            .alsoPerToken("experts_per_token"));
  }

  @Override
  public ObjectNode config(ModelSpec spec) {
    ModelFields fields = new ModelFields(spec, this);
    ObjectNode config = fields.json();
    GroupedAttention.Spec attention = fields.grouped();
    fields.router(GptOssRouter.Spec.class);
    fields.experts();
    config.put("sliding_window", Math.max(1, fields.windows()));
    config.put("attention_bias", attention.bias());
    config.remove("rope_theta"); // without rope_parameters, positions would be scaled
    Rotary rotary = Objects.requireNonNull(attention.rotary());
    config
        .putObject("rope_parameters")
        .put("rope_type", "default")
        .put("rope_theta", rotary.base());
    return config;
  }

  @Override
  public HubPlan plan(HubConfig config) {
    int dim = config.size("hidden_size", 1);
    int heads = config.size("num_attention_heads", 1);
    int kvHeads = Fields.kvHeads(config, heads);
    int headDim = Fields.headDim(config, dim, heads);
    int hidden = config.size("intermediate_size", 1);
    int experts = config.size("num_local_experts", 1);
    int k = Fields.expertsPerToken(config, experts);
    boolean bias = config.flag("attention_bias");
    Rotary rotary = rotary(config, headDim);
    config.only("hidden_act", "silu");
    config.only("swiglu_limit", "7.0");
    config.only("norm_topk_prob", "true");
    config.only("scoring_func", "softmax");
    config.only("experts_per_token", Integer.toString(k));
    config.ignore("initial_context_length"); // same as the original context of the scaling
    boolean packed = isPacked(config, dim, hidden);
    MoeLayer.Spec moe =
        new MoeLayer.Spec(
            experts,
            new GptOssRouter.Spec(k, Capacity.dropless()),
            new FeedForwardExperts.Spec(hidden, Activation.CLAMPED_SWIGLU, true, 0));

    DecoderTensors tensors = Fields.tensors(config);
    ImmutableList.Builder<DecoderBlock.Spec> layers = ImmutableList.builder();
    for (int i = 0; i < Fields.layers(config); i++) {
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
          DecoderTensors.tensorPrefix(i) + "mlp.router.bias",
          DecoderTensors.parameterPrefix(i) + "moe/router/bias",
          experts);
      experts(tensors.map(), i, experts, dim, hidden, packed);
    }
    return HubPlan.of(
            config,
            Fields.model(config, layers.build()),
            tensors.map(),
            "softmax over the top " + k + " logits")
        .withRouters("mlp.router");
  }

  /** Returns whether experts are stored as MXFP4; other packings are handled by the caller. */
  private static boolean isPacked(HubConfig config, int dim, int hidden) {
    if (!Packing.isOf(config, "mxfp4")) {
      return false;
    }
    int block = PackedNumbers.block();
    if (dim % block != 0 || hidden % block != 0) {
      throw config.fault(
          "has hidden_size = %d and intermediate_size = %d with mxfp4; use multiples of %d"
              .formatted(dim, hidden, block));
    }
    return true;
  }

  private static Rotary rotary(HubConfig config, int headDim) {
    if (RopeConfig.isAbsent(config)) {
      double base = config.positive("rope_theta");
      double magnitude = 0.1 * Math.log(32) + 1;
      return Rotary.upstream(
          headDim, base, false, new RotaryScaling.Yarn(32, 32, 1, 4096, false, magnitude));
    }
    return new RopeConfig(config).rotary(headDim, false);
  }

  private static int window(HubConfig config, int layer) {
    int window = config.integer("sliding_window", 1);
    return Fields.isSliding(config, layer, (layer + 1) % 2 != 0) ? window : 0;
  }

  /**
   * Adds the stacks of experts. Unpacked stacks have shape (experts, inputs, outputs), as in jmoe,
   * with gate and up columns interleaved in the last axis. Packed stacks have outputs before
   * inputs.
   */
  private static void experts(
      TensorMap map, int layer, long experts, long dim, long hidden, boolean packed) {
    String prefix = DecoderTensors.tensorPrefix(layer) + "mlp.experts.";
    String parameter = DecoderTensors.parameterPrefix(layer) + "moe/experts/";
    long columns = 2 * hidden;
    StridedPart in =
        StridedPart.of(
            0,
            new long[] {experts, dim, hidden, 2},
            new long[] {dim * columns, columns, 1, hidden});
    TensorMap.Layout plain =
        TensorMap.Layout.of(
            new TensorTarget(
                prefix + "gate_up_proj",
                ImmutableLongArray.of(experts, dim, columns),
                parameter + "in",
                in),
            TensorTarget.same(prefix + "down_proj", parameter + "out", experts, hidden, dim));
    if (packed) {
      map.addChoice(plain, packed(prefix, parameter, experts, dim, hidden));
    } else {
      map.addChoice(plain);
    }
    map.add(
        new TensorTarget(
            prefix + "gate_up_proj_bias",
            ImmutableLongArray.of(experts, columns),
            parameter + "in_bias",
            StridedPart.of(0, new long[] {experts, hidden, 2}, new long[] {columns, 1, hidden})));
    map.add(TensorTarget.same(prefix + "down_proj_bias", parameter + "out_bias", experts, dim));
  }

  private static TensorMap.Layout packed(
      String prefix, String parameter, long experts, long dim, long hidden) {
    long block = PackedNumbers.block();
    long columns = 2 * hidden;
    return TensorMap.Layout.of(
        new TensorTarget(
            prefix + "gate_up_proj_blocks",
            ImmutableLongArray.of(experts, columns, dim / block, block / 2),
            parameter + "in",
            StridedPart.of(
                0,
                new long[] {experts, hidden, 2, dim},
                new long[] {dim * columns, 1, hidden, columns}),
            true),
        new TensorTarget(
            prefix + "down_proj_blocks",
            ImmutableLongArray.of(experts, dim, hidden / block, block / 2),
            parameter + "out",
            StridedPart.of(0, new long[] {experts, dim, hidden}, new long[] {hidden * dim, 1, dim}),
            true));
  }
}
