package org.jmoe.planning.model;

import com.google.common.collect.ImmutableList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jmoe.block.Norm;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.SharedSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Groups;
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.routing.topk.DeepSeekV2Router;
import org.jmoe.routing.topk.GptOssRouter;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Activation;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.FeedForward;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.attention.AttentionSpec;
import org.jmoe.transformer.attention.GroupedAttention;
import org.jmoe.transformer.attention.LatentAttention;
import org.jmoe.transformer.attention.QueryNorm;

/**
 * Published models, each from its {@code config.json} or a table of its paper. The decoders use the
 * same specs as opened checkpoints, so one implementation counts the parameters of planned and
 * built models.
 */
public final class NamedArchitectures {
  private static final int SEQUENCE = 4096;
  private static final double EPSILON = 1e-6;

  private NamedArchitectures() {}

  /** Returns all known models. */
  public static ImmutableList<NamedArchitecture> all() {
    return ImmutableList.of(
        mixtral8x7b(),
        mixtral8x22b(),
        olmoe(),
        qwen3Of30b(),
        qwen3Of235b(),
        deepSeekV2(),
        deepSeekV3(),
        SigmoidSizes.glm45(),
        SigmoidSizes.miniMaxM2(),
        gptOss20b(),
        gptOss120b(),
        SwitchSizes.base(),
        SwitchSizes.large(),
        SwitchSizes.switchC());
  }

  /** Returns the model with this name, if known. */
  public static Optional<NamedArchitecture> find(String name) {
    return all().stream().filter(a -> a.name().equals(name)).findFirst();
  }

  private static NamedArchitecture mixtral8x7b() {
    return decoder(
        "mixtral-8x7b",
        32000,
        4096,
        Collections.nCopies(
            32, layer(grouped(32, 8, 128, QueryNorm.NONE), topK(8, 2, true, 14336))),
        new Published(
            "46.7B",
            "12.9B",
            true,
            "Jiang et al. 2024, table 1; counts: Mistral AI, \"Mixtral of experts\""));
  }

  private static NamedArchitecture mixtral8x22b() {
    return decoder(
        "mixtral-8x22b",
        32000,
        6144,
        Collections.nCopies(
            56, layer(grouped(48, 8, 128, QueryNorm.NONE), topK(8, 2, true, 16384))),
        new Published(
            "141B",
            "39B",
            true,
            "config.json of Mixtral-8x22B-v0.1; counts: Mistral AI, \"Cheaper, better, faster,"
                + " stronger\""));
  }

  private static NamedArchitecture olmoe() {
    return decoder(
        "olmoe-1b-7b",
        50304,
        2048,
        Collections.nCopies(
            16, layer(grouped(16, 16, 128, QueryNorm.ALL), topK(64, 8, false, 1024))),
        new Published(
            "6.9B", "1.3B", true, "Muennighoff et al. 2024; config.json of OLMoE-1B-7B-0924"));
  }

  private static NamedArchitecture qwen3Of30b() {
    return decoder(
        "qwen3-30b-a3b",
        151936,
        2048,
        Collections.nCopies(
            48, layer(grouped(32, 4, 128, QueryNorm.HEAD), topK(128, 8, true, 768))),
        new Published("30.5B", "3.3B", true, "model card and config.json of Qwen3-30B-A3B"));
  }

  private static NamedArchitecture qwen3Of235b() {
    return decoder(
        "qwen3-235b-a22b",
        151936,
        4096,
        Collections.nCopies(
            94, layer(grouped(64, 4, 128, QueryNorm.HEAD), topK(128, 8, true, 1536))),
        new Published("235B", "22B", true, "model card and config.json of Qwen3-235B-A22B"));
  }

  private static NamedArchitecture deepSeekV2() {
    MoeLayer.Spec moe =
        new MoeLayer.Spec(
            160,
            new DeepSeekV2Router.Spec(6, new Groups(8, 3), 16, Capacity.dropless()),
            FeedForwardExperts.Spec.swiglu(1536),
            shared(2 * 1536));
    return decoder(
        "deepseek-v2",
        102400,
        5120,
        denseFirst(1, 60, 12288, latent(), moe),
        new Published("236B", "21B", false, "DeepSeek-AI 2024 (V2), section 3.1.2; config.json"));
  }

  private static NamedArchitecture deepSeekV3() {
    MoeLayer.Spec moe =
        new MoeLayer.Spec(
            256,
            new DeepSeekV3Router.Spec(8, new Groups(8, 4), true, 2.5, 0, Capacity.dropless()),
            FeedForwardExperts.Spec.swiglu(2048),
            shared(2048));
    return decoder(
        "deepseek-v3",
        129280,
        7168,
        denseFirst(3, 61, 18432, latent(), moe),
        new Published("671B", "37B", false, "DeepSeek-AI 2024 (V3), section 4.2; config.json"));
  }

  private static NamedArchitecture gptOss20b() {
    return gptOss("gpt-oss-20b", 24, 32, "20.91B", "3.61B");
  }

  private static NamedArchitecture gptOss120b() {
    return gptOss("gpt-oss-120b", 36, 128, "116.83B", "5.13B");
  }

  private static NamedArchitecture gptOss(
      String name, int layers, int experts, String total, String active) {
    MoeLayer.Spec moe =
        new MoeLayer.Spec(
            experts,
            new GptOssRouter.Spec(4, Capacity.dropless()),
            new FeedForwardExperts.Spec(2880, Activation.CLAMPED_SWIGLU, true, 0));
    List<DecoderBlock.Spec> blocks =
        IntStream.range(0, layers)
            .mapToObj(i -> layer(gptOssAttention(i % 2 == 0 ? 128 : 0), moe))
            .toList();
    return decoder(
        name,
        201088,
        2880,
        blocks,
        new Published(total, active, false, "OpenAI 2025, gpt-oss model card, table 1"));
  }

  private static GroupedAttention.Spec gptOssAttention(int window) {
    return GroupedAttention.Spec.builder(64, 8)
        .headDim(64)
        .bias(true, true)
        .window(window)
        .sinks(true)
        .build();
  }

  static NamedArchitecture decoder(
      String name, int vocabulary, int dim, List<DecoderBlock.Spec> blocks, Published published) {
    ModelSpec spec =
        ModelSpec.builder(vocabulary, SEQUENCE, dim)
            .norm(Norm.Kind.RMS, EPSILON)
            .blocks(blocks)
            .build();
    return new NamedArchitecture(ArchitectureSizes.of(name, spec), SEQUENCE, published);
  }

  private static DecoderBlock.Spec layer(GroupedAttention.Spec attention, MoeLayer.Spec moe) {
    return DecoderBlock.Spec.moe(attention, moe);
  }

  static List<DecoderBlock.Spec> denseFirst(
      int first, int layers, int hidden, AttentionSpec attention, MoeLayer.Spec moe) {
    DecoderBlock.Spec dense =
        DecoderBlock.Spec.dense(attention, new FeedForward.Spec(hidden, Activation.SWIGLU));
    DecoderBlock.Spec sparse = DecoderBlock.Spec.moe(attention, moe);
    return Stream.concat(
            Collections.nCopies(first, dense).stream(),
            Collections.nCopies(layers - first, sparse).stream())
        .toList();
  }

  private static MoeLayer.Spec topK(int experts, int k, boolean normalise, int hidden) {
    return new MoeLayer.Spec(
        experts,
        new TopKRouter.Spec(k, normalise, Capacity.dropless()),
        FeedForwardExperts.Spec.swiglu(hidden));
  }

  static SharedSpec shared(int hidden) {
    return new SharedSpec(FeedForwardExperts.Spec.swiglu(hidden), SharedSpec.Mix.SUM);
  }

  static GroupedAttention.Spec grouped(int heads, int kvHeads, int headDim, QueryNorm norm) {
    return GroupedAttention.Spec.builder(heads, kvHeads)
        .headDim(headDim)
        .norm(norm, EPSILON)
        .build();
  }

  /** Latent attention of DeepSeek-V2 and V3 (V2 section 3.1.2, V3 section 4.2). */
  private static LatentAttention.Spec latent() {
    return LatentAttention.Spec.of(128, 512, 128, 64, 128).withQueryRank(1536);
  }
}
