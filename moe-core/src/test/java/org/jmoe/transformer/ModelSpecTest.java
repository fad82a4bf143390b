package org.jmoe.transformer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jmoe.block.Norm;
import org.jmoe.layer.MoeLayer;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.Blocks;
import org.jmoe.testing.Errors;
import org.jmoe.transformer.attention.AttentionSpec;
import org.jmoe.transformer.attention.GroupedAttention;
import org.jmoe.transformer.attention.LatentAttention;
import org.jmoe.transformer.attention.QueryNorm;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class ModelSpecTest {
  private static final FeedForward.Spec DENSE = new FeedForward.Spec(5, Activation.SWIGLU);

  @ParameterizedTest
  @CsvSource({
    "RMS, false, 4, true, false, false",
    "RMS, false, 2, true, false, true",
    "RMS, false, 1, true, true, true",
    "LAYER, true, 4, true, false, true",
    "LAYER, true, 4, false, true, false",
    "RMS, true, 2, false, false, true",
  })
  void countsTheParametersOfTheModel(
      Norm.Kind norm, boolean learned, int kvHeads, boolean causal, boolean tied, boolean moe) {
    ModelSpec spec =
        TinySpecs.of(norm, learned, kvHeads, causal, tied, moe ? TinySpecs.moe() : null);
    assertCounted(spec);
  }

  static List<AttentionSpec> attentions() {
    QueryNorm head = QueryNorm.HEAD;
    QueryNorm all = QueryNorm.ALL;
    return List.of(
        GroupedAttention.Spec.builder(4, 2).headDim(6).bias(true, true).sinks(true).build(),
        GroupedAttention.Spec.builder(4, 1).norm(head, 1e-6).window(3).bias(true, false).build(),
        GroupedAttention.Spec.builder(2, 2).norm(all, 1e-6).clip(3).rotary(null).build(),
        LatentAttention.Spec.of(3, 4, 2, 2, 5),
        LatentAttention.Spec.of(3, 4, 2, 2, 5).withQueryRank(6).withBias(true));
  }

  @ParameterizedTest
  @MethodSource("attentions")
  void countsEveryAttention(AttentionSpec attention) {
    DecoderBlock.Spec sparse = DecoderBlock.Spec.moe(attention, TinySpecs.moe());
    DecoderBlock.Spec dense = DecoderBlock.Spec.dense(attention, DENSE);
    assertCounted(spec(List.of(dense, sparse, sparse)));
  }

  private static void assertCounted(ModelSpec spec) {
    assertEquals(spec.parameters(), Blocks.count(spec.build(Seed.of(1).child("model"))));
  }

  @Test
  void countsActiveParametersByHand() {
    ModelSpec spec = TinySpecs.causal(TinySpecs.moe());
    // Embedding and output 7 * 8 each, last norm 8.
    long ends = 56 + 56 + 8;
    // Queries of 4 heads, keys and values of 2 heads each, of width 2: 8 * 16; output 8 * 8; two
    // norms.
    long attention = 128 + 64 + 16;
    long dense = 8 * (2 * 5 + 5);
    long router = 8 * 4;
    assertEquals(ends + 2 * attention + dense + router + 4 * dense, spec.parameters());
    assertEquals(ends + 2 * attention + dense + router + 2 * dense, spec.activeParameters());
    // Two per active weight outside the embedding; in each of 2 layers two matmuls of width 8
    // over (1 + 2 + .. + 7) / 7 = 4 positions.
    assertEquals(
        2.0 * (spec.activeParameters() - 56) + 2 * 2 * 2 * 8 * 4, spec.flopsPerToken(7), 1e-9);
  }

  @Test
  void aWindowReducesAttentionFlops() {
    // Two matmuls of width 8 over (1 + 2 + 3 + 3 + 3 + 3 + 3) / 7 positions instead of 4.
    double whole = spec(List.of(dense(GroupedAttention.Spec.of(4, 4)))).flopsPerToken(7);
    GroupedAttention.Spec near = GroupedAttention.Spec.builder(4, 4).window(3).build();
    assertEquals(
        whole - 2 * 2 * 8 * (4 - 18.0 / 7), spec(List.of(dense(near))).flopsPerToken(7), 1e-9);
  }

  @Test
  void positionLookupsAreNotCounted() {
    ModelSpec rotary = TinySpecs.of(Norm.Kind.RMS, false, 4, true, false, TinySpecs.moe());
    ModelSpec learned = TinySpecs.of(Norm.Kind.RMS, true, 4, true, false, TinySpecs.moe());
    assertEquals(rotary.flopsPerToken(7), learned.flopsPerToken(7));
  }

  @Test
  void repeatedLayersAreFewGroups() {
    DecoderBlock.Spec a = dense(GroupedAttention.Spec.of(4, 4));
    DecoderBlock.Spec b = dense(GroupedAttention.Spec.of(4, 2));
    assertGroups(List.of(new LayerGroup(3, List.of(a))), List.of(a, a, a));
    assertGroups(List.of(new LayerGroup(18, List.of(a, b))), alternating(36, a, b));
    assertGroups(
        List.of(new LayerGroup(1, List.of(a)), new LayerGroup(3, List.of(b))), List.of(a, b, b, b));
    assertGroups(
        List.of(new LayerGroup(2, List.of(a, a, b)), new LayerGroup(1, List.of(a))),
        List.of(a, a, b, a, a, b, a));
  }

  private static List<DecoderBlock.Spec> alternating(
      int layers, DecoderBlock.Spec even, DecoderBlock.Spec odd) {
    return IntStream.range(0, layers).mapToObj(i -> i % 2 == 0 ? even : odd).toList();
  }

  private static void assertGroups(List<LayerGroup> expected, List<DecoderBlock.Spec> blocks) {
    ModelSpec spec = spec(blocks);
    assertEquals(expected, spec.layers());
    assertEquals(blocks, spec.blocks());
    assertEquals(blocks.size(), spec.layerCount());
  }

  @Test
  void withMoeReplacesMoeLayersAllLayersOrGivenLayers() {
    MoeLayer.Spec moe = TinySpecs.moe();
    ModelSpec dense =
        spec(
            alternating(
                6, dense(GroupedAttention.Spec.of(4, 4)), dense(GroupedAttention.Spec.of(4, 2))));
    assertFalse(dense.hasMoe());
    assertEquals(List.of(0, 1, 2, 3, 4, 5), moeLayers(dense.withMoe(moe)));
    ModelSpec some = dense.withMoe(moe, layer -> layer % 2 == 1);
    assertTrue(some.hasMoe());
    assertEquals(List.of(1, 3, 5), moeLayers(some));
    assertEquals(List.of(1, 3, 5), moeLayers(some.withMoe(moe)));
  }

  private static List<Integer> moeLayers(ModelSpec spec) {
    return IntStream.range(0, spec.layerCount())
        .filter(i -> spec.blocks().get(i).moe() != null)
        .boxed()
        .toList();
  }

  static Stream<Arguments> impossible() {
    return Stream.of(
        errorOf("layers is empty", () -> spec(List.of())),
        errorOf("heads = 3 must divide dim = 8", () -> grouped(3, 3)),
        errorOf("kvHeads = 3 must divide heads = 4", () -> grouped(4, 3)),
        errorOf("rotary positions need an even head width", () -> grouped(8, 8)),
        errorOf("dropout must be at least 0 and below 1", () -> dropout(1)),
        errorOf("dropout must be at least 0 and below 1", () -> dropout(Double.NaN)),
        errorOf(
            "learned positions cannot extrapolate",
            () -> tiny().toBuilder().learnedPositions(true).extrapolates(true).build()),
        errorOf("a layer needs feedForward, moe or both", () -> block(null, null)));
  }

  private static Arguments errorOf(String message, Supplier<Object> made) {
    return Arguments.of(message, made);
  }

  private static Object grouped(int heads, int kvHeads) {
    return spec(List.of(dense(GroupedAttention.Spec.of(heads, kvHeads))));
  }

  private static ModelSpec tiny() {
    return spec(List.of(dense(GroupedAttention.Spec.of(4, 4))));
  }

  private static Object dropout(double rate) {
    return tiny().toBuilder().dropout(rate).build();
  }

  @ParameterizedTest
  @MethodSource("impossible")
  void impossibleSettingsAreRejected(String message, Supplier<Object> made) {
    String found = Errors.message(IllegalArgumentException.class, made::get);
    assertTrue(found.startsWith(message), found);
  }

  @SuppressWarnings("NullAway") // javac 17 loses the annotation of a nested type in a class file
  private static DecoderBlock.Spec block(
      FeedForward.@Nullable Spec dense, MoeLayer.@Nullable Spec moe) {
    return new DecoderBlock.Spec(GroupedAttention.Spec.of(4, 4), dense, moe);
  }

  private static DecoderBlock.Spec dense(AttentionSpec attention) {
    return DecoderBlock.Spec.dense(attention, DENSE);
  }

  private static ModelSpec spec(List<DecoderBlock.Spec> blocks) {
    return ModelSpec.builder(7, 7, 8).blocks(blocks).build();
  }
}
