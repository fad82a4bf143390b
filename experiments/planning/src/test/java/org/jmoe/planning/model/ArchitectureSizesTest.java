package org.jmoe.planning.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.jmoe.block.Norm;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.SharedSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Activation;
import org.jmoe.training.config.Preset;
import org.jmoe.training.config.Presets;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.FeedForward;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.NormPlacement;
import org.jmoe.transformer.attention.GroupedAttention;
import org.jmoe.transformer.attention.LatentAttention;
import org.jmoe.transformer.attention.QueryNorm;
import org.jmoe.transformer.attention.Rotary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sizes derived from specs agree with the counts of the specs, and so of the built models. */
final class ArchitectureSizesTest {
  private static final MoeLayer.Spec MOE =
      new MoeLayer.Spec(
          6,
          new TopKRouter.Spec(2, true, Capacity.dropless()),
          FeedForwardExperts.Spec.swiglu(24),
          new SharedSpec(FeedForwardExperts.Spec.swiglu(16), SharedSpec.Mix.GATED));

  static Iterable<Preset> presets() {
    return Presets.all();
  }

  @ParameterizedTest
  @MethodSource("presets")
  void presetParametersMatchSpecs(Preset preset) {
    ModelSpec spec = preset.config().model();
    ParameterCount count = ArchitectureSizes.of(preset.name(), spec).parameters();
    assertEquals(spec.parameters(), count.total());
    assertEquals(spec.activeParameters(), count.active());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void transformerMatchesItsSpec(boolean learned) {
    GroupedAttention.Spec attention =
        GroupedAttention.Spec.builder(4, 2).rotary(learned ? null : Rotary.of(10_000)).build();
    FeedForward.Spec dense = new FeedForward.Spec(40, Activation.GELU);
    ModelSpec spec =
        ModelSpec.builder(50, 31, 16)
            .norm(Norm.Kind.LAYER, 1e-5)
            .learnedPositions(learned)
            .layers(5, DecoderBlock.Spec.dense(attention, dense))
            .build()
            .withMoe(MOE, layer -> layer % 2 == 1);
    ArchitectureSizes sizes = ArchitectureSizes.of("it", spec);
    assertEquals(spec.parameters(), sizes.parameters().total());
    assertEquals(spec.activeParameters(), sizes.parameters().active());
    assertEquals(5, sizes.layers());
    assertEquals(2, sizes.moeLayers());
    assertEquals(2, sizes.groups().size());
    // The spec counts an operation for each parameter of a norm: 11 norms of 2 D.
    assertEquals(spec.flopsPerToken(31) - 2 * 11 * 32, sizes.forwardFlops(31), 1e-6);
  }

  @Test
  void decoderMatchesItsSpec() {
    GroupedAttention.Spec grouped =
        GroupedAttention.Spec.builder(4, 2)
            .headDim(8)
            .bias(true, true)
            .norm(QueryNorm.HEAD, 1e-6)
            .clip(9)
            .window(5)
            .sinks(true)
            .gated(true)
            .build();
    LatentAttention.Spec latent =
        LatentAttention.Spec.of(4, 5, 7, 8, 3).withQueryRank(6).withBias(true);
    FeedForward.Spec dense = new FeedForward.Spec(40, Activation.SWIGLU);
    ModelSpec spec =
        ModelSpec.builder(50, 64, 16)
            .tied(true)
            .normPlacement(NormPlacement.BOTH)
            .blocks(
                List.of(
                    DecoderBlock.Spec.dense(grouped, dense),
                    DecoderBlock.Spec.moe(latent, MOE),
                    DecoderBlock.Spec.dense(grouped, dense)))
            .build();
    ArchitectureSizes sizes = ArchitectureSizes.of("it", spec);
    assertEquals(spec.parameters(), sizes.parameters().total());
    assertEquals(spec.activeParameters(), sizes.parameters().active());
    assertEquals(0, sizes.parameters().lookup());
    assertEquals(2, sizes.groups().get(0).count()); // the first and the last layer are alike
    // Queries, keys, values, gate and output: (4 + 2 + 2 + 4 + 4) 8.
    assertEquals(128, sizes.groups().get(0).attention().kept());
    // Latents 6 + 5 + 8; queries and keys 2 * 4 (7 + 8); values and output 2 * 4 * 3.
    assertEquals(163, sizes.groups().get(1).attention().kept());
  }

  @ParameterizedTest
  @CsvSource({"7,0", "7,3", "7,7", "7,20", "1,0", "64,16"})
  void visiblePositionsMatchALoop(int length, int window) {
    long seen = 0;
    for (int i = 0; i < length; i++) {
      for (int j = 0; j <= i; j++) {
        seen += window == 0 || i - j < window ? 1 : 0;
      }
    }
    assertEquals(
        (double) seen / length,
        visibility(window, AttentionSize.Visibility.CAUSAL).seen(length, 0),
        1e-12);
  }

  @Test
  void encoderAndCrossAttentionVisibility() {
    assertEquals(512, visibility(0, AttentionSize.Visibility.ALL).seen(512, 114));
    assertEquals(57.5 + 512, visibility(0, AttentionSize.Visibility.CROSS).seen(114, 512));
  }

  private static AttentionSize visibility(int window, AttentionSize.Visibility visibility) {
    return new AttentionSize(1, 1, 1, 1, window, visibility);
  }

  @Test
  void rejectsInvalidSizes() {
    assertThrows(IllegalArgumentException.class, () -> new MoeSize(4, 5, 1, 1, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new MoeSize(4, 0, 1, 1, 1, 1));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new ArchitectureSizes(
                "it", 4, new ArchitectureSizes.Outside(4, true, 0, 0), ImmutableList.of()));
    AttentionSize attention = visibility(0, AttentionSize.Visibility.ALL);
    assertThrows(IllegalArgumentException.class, () -> new LayerGroup(0, 1, attention, 0, 0, null));
    assertThrows(IllegalArgumentException.class, () -> new LayerGroup(1, 0, attention, 0, 0, null));
  }
}
