package org.jmoe.models.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.SharedSpec;
import org.jmoe.models.family.ModelFamilies;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Groups;
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.routing.topk.DeepSeekV2Router;
import org.jmoe.routing.topk.GptOssRouter;
import org.jmoe.routing.topk.SwitchRouter;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Seed;
import org.jmoe.training.config.Presets;
import org.jmoe.training.config.RunJson;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.FeedForward;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.attention.AttentionSpec;
import org.jmoe.transformer.attention.GroupedAttention;
import org.jmoe.transformer.attention.GroupedAttentionBuilder;
import org.jmoe.transformer.attention.LatentAttention;
import org.jmoe.transformer.attention.QueryNorm;
import org.jmoe.transformer.attention.Rotary;
import org.jmoe.transformer.attention.RotaryScaling;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Exports of trained models as published architectures. */
final class TrainedExportTest {
  @TempDir Path folder = Path.of("");

  private static final FeedForwardExperts.Spec EXPERT = FeedForwardExperts.Spec.swiglu(8);

  private static ModelSpec spec(AttentionSpec attention, MoeLayer.Spec moe, int from) {
    DecoderBlock.Spec dense =
        DecoderBlock.Spec.dense(attention, new FeedForward.Spec(12, Activation.SWIGLU));
    return ModelSpec.builder(31, 32, 16)
        .layers(3, dense)
        .build()
        .withMoe(moe, layer -> layer >= from);
  }

  private static AttentionSpec normed(QueryNorm norm) {
    return GroupedAttention.Spec.builder(4, 2).norm(norm, 1e-5).build();
  }

  private static MoeLayer.Spec topTwo(boolean normalise) {
    return new MoeLayer.Spec(4, new TopKRouter.Spec(2, normalise, Capacity.dropless()), EXPERT);
  }

  private static MoeLayer.Spec shared(RouterSpec router, SharedSpec.Mix mix) {
    return new MoeLayer.Spec(
        4, router, EXPERT, new SharedSpec(FeedForwardExperts.Spec.swiglu(16), mix));
  }

  static Stream<Arguments> models() {
    AttentionSpec plain = GroupedAttention.Spec.of(4, 2);
    RouterSpec biased =
        new DeepSeekV3Router.Spec(2, new Groups(2, 1), true, 2.5, 0.01, Capacity.dropless());
    RouterSpec grouped = new DeepSeekV2Router.Spec(2, new Groups(2, 1), 1.5, Capacity.dropless());
    LatentAttention.Spec latent = LatentAttention.Spec.of(4, 8, 4, 4, 4);
    Rotary pairs = Rotary.upstream(4, 10_000, true, new RotaryScaling.None());
    MoeLayer.Spec clamped =
        new MoeLayer.Spec(
            4,
            new GptOssRouter.Spec(2, Capacity.dropless()),
            new FeedForwardExperts.Spec(8, Activation.CLAMPED_SWIGLU, true, 0));
    GroupedAttentionBuilder sinks =
        GroupedAttention.Spec.builder(4, 2).headDim(6).bias(true, true).sinks(true);
    ModelSpec alternating =
        ModelSpec.builder(31, 32, 16)
            .blocks(
                List.of(
                    DecoderBlock.Spec.moe(sinks.window(5).build(), clamped),
                    DecoderBlock.Spec.moe(sinks.window(0).build(), clamped)))
            .build();
    return Stream.of(
        arguments("mixtral", spec(plain, topTwo(true), 0)),
        arguments(
            "mixtral",
            spec(GroupedAttention.Spec.builder(4, 2).window(5).build(), topTwo(true), 0)),
        arguments(
            "qwen2_moe",
            spec(plain, shared(TopKRouter.Spec.of(2), SharedSpec.Mix.GATED), 1).toBuilder()
                .tied(true)
                .build()),
        arguments("qwen3_moe", spec(normed(QueryNorm.HEAD), topTwo(false), 1)),
        arguments("olmoe", spec(normed(QueryNorm.ALL), topTwo(false), 0)),
        arguments(
            "deepseek_v2",
            spec(latent.withRotary(pairs, 1), shared(grouped, SharedSpec.Mix.SUM), 1)),
        arguments(
            "deepseek_v3", spec(latent.withQueryRank(6), shared(biased, SharedSpec.Mix.SUM), 1)),
        arguments(
            "glm4_moe",
            spec(
                GroupedAttention.Spec.builder(4, 2)
                    .headDim(8)
                    .norm(QueryNorm.HEAD, 1e-5)
                    .rotary(Rotary.of(10_000).withWidth(4))
                    .build(),
                shared(biased, SharedSpec.Mix.SUM),
                1)),
        arguments("gpt_oss", alternating),
        arguments("deepseek_v3", Presets.named("tiny-deepseek-v3").config().model()),
        arguments("gpt_oss", Presets.named("tiny-gpt-oss").config().model()),
        arguments("mixtral", Presets.named("smoke").config().model()));
  }

  private static ObjectNode config(ModelSpec spec, String family) {
    return new TrainedExport(ModelFamilies.standard(), RunJson.standard()).config(spec, family);
  }

  @ParameterizedTest
  @MethodSource("models")
  void exportGivesSameLogits(String family, ModelSpec spec) {
    try (NDManager manager = NDManager.newBaseManager()) {
      LanguageModel model = spec.build(Seed.of(5).child("model"));
      model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
      ObjectNode config = config(spec, "");
      assertEquals(family, config.get("model_type").asText());
      new HubExport(folder, null).write(model, "model/", config, ModelFamilies.standard());
      try (HubModel hub = HubModel.open(folder)) {
        assertEquals(spec.parameters(), hub.model().spec().parameters());
        assertArrayEquals(logits(model, manager), OwnCheckpointsTest.logits(hub), 1e-5f);
      }
    }
  }

  private static float[] logits(LanguageModel model, NDManager manager) {
    long[] ids = OwnCheckpointsTest.IDS;
    return NoGrad.get(
        () ->
            model
                .logits(
                    new ParameterStore(manager, false),
                    manager.create(ids, new Shape(1, ids.length)),
                    null,
                    null,
                    false)
                .toFloatArray());
  }

  @Test
  void unsupportedModelsAreRejected() {
    MoeLayer.Spec moe = new MoeLayer.Spec(4, new SwitchRouter.Spec(0, Capacity.dropless()), EXPERT);
    assertRejected(
        "it does not have a router of type TopKRouter but SwitchRouter (mixtral, qwen",
        spec(GroupedAttention.Spec.of(4, 2), moe, 0),
        "");
  }

  @Test
  void theNearestFamilySaysWhatItLacks() {
    ModelSpec spec = spec(GroupedAttention.Spec.of(4, 2), topTwo(false), 0);
    assertRejected("mixtral, which would change layer 0: moe.router.normalise", spec, "");
    assertRejected("olmoe, which would change layer 0: attention.", spec, "olmoe");
    assertRejected("unknown model family 'bert'; use mixtral, qwen2_moe", spec, "bert");
  }

  private static void assertRejected(String part, ModelSpec spec, String family) {
    String message =
        String.valueOf(
            assertThrows(IllegalArgumentException.class, () -> config(spec, family)).getMessage());
    assertTrue(message.contains(part), message);
  }
}
