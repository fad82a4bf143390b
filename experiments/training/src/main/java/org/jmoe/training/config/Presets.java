package org.jmoe.training.config;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.jmoe.block.Norm;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.LossTerm;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.SharedSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Groups;
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.routing.loss.RouterZ;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.routing.topk.GptOssRouter;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Activation;
import org.jmoe.training.TrainingSpec;
import org.jmoe.training.config.keys.Nearest;
import org.jmoe.training.optimizer.Muon;
import org.jmoe.training.optimizer.WarmupStableDecay;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.FeedForward;
import org.jmoe.transformer.LayerGroup;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.attention.GroupedAttention;
import org.jmoe.transformer.attention.GroupedAttentionBuilder;
import org.jmoe.transformer.attention.LatentAttention;
import org.jmoe.transformer.attention.Rotary;
import org.jspecify.annotations.Nullable;

/** The built-in configurations. */
public final class Presets {
  private static final int BYTES = 256;
  private static final int BPE = 4096; // tokens

  private Presets() {}

  /** Returns all presets. */
  public static ImmutableList<Preset> all() {
    return ImmutableList.of(
        new Preset(
            "quickstart",
            "4 layers, 8 experts, top-2, on the default corpus: under 3 minutes on two cores",
            config(4, 128, 256, moe(8, 256), TrainingSpec.of(500, 16, 128))),
        new Preset(
            "dense",
            "dense model with the active parameters of quickstart",
            config(4, 128, 2 * 256, null, TrainingSpec.of(500, 16, 128))),
        new Preset(
            "smoke",
            "2 layers, 4 experts, top-2: an installation check that takes under 30 seconds",
            config(2, 64, 128, moe(4, 128), TrainingSpec.of(60, 8, 64))),
        new Preset(
            "recipe",
            "quickstart's layers trained as today's models are: BPE tokens, document masks, Muon,"
                + " WSD, output z-loss: under 10 minutes on two cores",
            recipe()),
        new Preset(
            "tiny-deepseek-v3",
            "small DeepSeek-V3: latent attention, a dense first layer, a shared expert, bias-based"
                + " balancing; under a minute on two cores",
            config(deepSeekV3(64), TrainingSpec.of(150, 8, 64), List.of())),
        new Preset(
            "tiny-gpt-oss",
            "small gpt-oss: attention sinks, sliding windows in every other layer, experts with"
                + " biases; under a minute on two cores",
            config(
                gptOss(64),
                TrainingSpec.of(150, 8, 64),
                List.of(new LossTerm(new SwitchBalance(), 0.01)))));
  }

  /**
   * Returns the preset with a name.
   *
   * @throws ConfigException if there is none; the message suggests the nearest name
   */
  public static Preset named(String name) {
    List<String> names = all().stream().map(Preset::name).toList();
    return all().stream()
        .filter(p -> p.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigException(
                    "unknown preset '"
                        + name
                        + "'"
                        + Nearest.question(name, names)
                        + " Presets: "
                        + String.join(", ", names)));
  }

  private static MoeLayer.Spec moe(int experts, int hidden) {
    return new MoeLayer.Spec(
        experts, TopKRouter.Spec.of(2), FeedForwardExperts.Spec.swiglu(hidden));
  }

  // javac 17 drops the annotation of a nested type in class files; the model's moe is nullable.
  @SuppressWarnings("NullAway")
  private static RunConfig config(
      int layers, int dim, int hidden, MoeLayer.@Nullable Spec moe, TrainingSpec training) {
    ModelSpec model =
        ModelSpec.builder(BYTES, training.sequence(), dim)
            .layers(
                layers,
                new DecoderBlock.Spec(
                    GroupedAttention.Spec.of(4, 4),
                    new FeedForward.Spec(hidden, Activation.SWIGLU),
                    moe))
            .build();
    List<LossTerm> losses =
        moe == null
            ? List.of()
            : List.of(new LossTerm(new SwitchBalance(), 0.01), new LossTerm(new RouterZ(), 0.001));
    return config(model, training, losses);
  }

  private static RunConfig config(ModelSpec model, TrainingSpec training, List<LossTerm> losses) {
    return new RunConfig(
        1,
        new DataSpec(new DefaultSource(), 0.05),
        model,
        training.toBuilder().losses(losses).build());
  }

  private static RunConfig recipe() {
    RunConfig quickstart =
        config(
            4,
            128,
            256,
            moe(8, 256),
            TrainingSpec.builder(500, 16, 128)
                .optimizer(Muon.Spec.of(3e-3).withRate(0.01))
                .schedule(new WarmupStableDecay(25, 0.3, WarmupStableDecay.Shape.SQRT, 0))
                .outputZLoss(1e-4)
                .build());
    ModelSpec model = quickstart.model().toBuilder().vocabulary(BPE).documentMask(true).build();
    return new RunConfig(
        1, new DataSpec(new DefaultSource(BPE), 0.05), model, quickstart.training());
  }

  /** DeepSeek-AI 2024 (V3), sections 2.1 and 4.2, at reduced width. */
  private static ModelSpec deepSeekV3(int context) {
    LatentAttention.Spec attention = LatentAttention.Spec.of(4, 32, 16, 8, 16).withQueryRank(48);
    FeedForward.Spec dense = new FeedForward.Spec(192, Activation.SWIGLU);
    MoeLayer.Spec moe =
        new MoeLayer.Spec(
            16,
            new DeepSeekV3Router.Spec(4, new Groups(4, 2), true, 2.5, 0.01, Capacity.dropless()),
            FeedForwardExperts.Spec.swiglu(32),
            new SharedSpec(FeedForwardExperts.Spec.swiglu(32), SharedSpec.Mix.SUM));
    return ModelSpec.builder(BYTES, context, 64)
        .norm(Norm.Kind.RMS, 1e-6)
        .layers(
            List.of(
                new LayerGroup(1, List.of(DecoderBlock.Spec.dense(attention, dense))),
                new LayerGroup(2, List.of(DecoderBlock.Spec.dense(attention, dense).withMoe(moe)))))
        .build();
  }

  /** OpenAI 2025, gpt-oss model card, section 2, at reduced width. */
  private static ModelSpec gptOss(int context) {
    GroupedAttentionBuilder attention =
        GroupedAttention.Spec.builder(4, 2)
            .headDim(32)
            .bias(true, true)
            .sinks(true)
            .rotary(Rotary.of(150_000));
    MoeLayer.Spec moe =
        new MoeLayer.Spec(
            8,
            new GptOssRouter.Spec(2, Capacity.dropless()),
            new FeedForwardExperts.Spec(64, Activation.CLAMPED_SWIGLU, true, 0));
    return ModelSpec.builder(BYTES, context, 64)
        .layers(
            List.of(
                new LayerGroup(
                    2,
                    List.of(
                        DecoderBlock.Spec.moe(attention.window(16).build(), moe),
                        DecoderBlock.Spec.moe(attention.window(0).build(), moe)))))
        .build();
  }
}
