package org.jmoe.transformer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jmoe.layer.MoeLayer;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.Blocks;
import org.jmoe.testing.Refusals;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TransformerSpecTest {
  @ParameterizedTest
  @CsvSource({
    "RMS, ROTARY, 4, true, false, false",
    "RMS, ROTARY, 2, true, false, true",
    "RMS, ROTARY, 1, true, true, true",
    "LAYER, LEARNED, 4, true, false, true",
    "LAYER, LEARNED, 4, false, true, false",
    "RMS, LEARNED, 2, false, false, true",
  })
  void theModelHasTheParametersThatTheSpecSays(
      Norm.Kind norm, Positions positions, int kvHeads, boolean causal, boolean tied, boolean moe) {
    TransformerSpec spec =
        TinySpecs.of(norm, positions, kvHeads, causal, tied, moe ? TinySpecs.moe() : null);
    assertEquals(spec.parameters(), Blocks.count(spec.build(Seed.of(1).child("model"))));
  }

  @Test
  void countsOneTokenByHand() {
    TransformerSpec spec = TinySpecs.causal(TinySpecs.moe());
    // Embedding and output 7 * 8 each, last norm 8.
    long ends = 56 + 56 + 8;
    // Queries of 4 heads, keys and values of 2 each, of width 2: 8 * 16, output 8 * 8, two norms.
    long attention = 128 + 64 + 16;
    long dense = 8 * (2 * 5 + 5);
    long router = 8 * 4;
    assertEquals(ends + 2 * attention + dense + router + 4 * dense, spec.parameters());
    assertEquals(ends + 2 * attention + dense + router + 2 * dense, spec.activeParameters());
    // Two for each active weight outside the embedding; in each of 2 layers two products of width 8
    // over (1 + 2 + .. + 7) / 7 = 4 positions.
    assertEquals(2 * (spec.activeParameters() - 56) + 2 * 2 * 2 * 8 * 4, spec.flopsPerToken());
  }

  @Test
  void lookingUpAPositionIsNoArithmetic() {
    TransformerSpec rotary =
        TinySpecs.of(Norm.Kind.RMS, Positions.ROTARY, 4, true, false, TinySpecs.moe());
    TransformerSpec learned =
        TinySpecs.of(Norm.Kind.RMS, Positions.LEARNED, 4, true, false, TinySpecs.moe());
    assertEquals(rotary.flopsPerToken(), learned.flopsPerToken());
  }

  @Test
  void layersAreMoeFromOneOnAtADistance() {
    TransformerSpec spec = spec(6, 8, 4, 4, 0.0, TinySpecs.moe(), 1, 2);
    boolean[] expected = {false, true, false, true, false, true};
    for (int layer = 0; layer < 6; layer++) {
      assertEquals(expected[layer], spec.isMoe(layer), "layer " + layer);
    }
    assertTrue(spec.hasMoe());
    assertFalse(spec(2, 8, 4, 4, 0.0, TinySpecs.moe(), 2, 1).hasMoe());
    assertFalse(spec(2, 8, 4, 4, 0.0, null, 0, 1).hasMoe());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 8, 4, 4, 0, 0, 1, layers must be at least 1",
    "2, 9, 4, 4, 0, 0, 1, heads = 4 must divide dim = 9",
    "2, 8, 4, 3, 0, 0, 1, kvHeads = 3 must divide heads = 4",
    "2, 12, 4, 4, 0, 0, 1, rotary positions need an even head width",
    "2, 8, 4, 4, 1, 0, 1, dropout must be at least 0 and below 1",
    "2, 8, 4, 4, NaN, 0, 1, dropout must be at least 0 and below 1",
    "2, 8, 4, 4, 0, -1, 1, moeFrom must be at least 0",
    "2, 8, 4, 4, 0, 0, 0, moeEvery must be at least 1",
  })
  void impossibleSizesAreRefused(
      int layers,
      int dim,
      int heads,
      int kvHeads,
      double dropout,
      int from,
      int every,
      String message) {
    String found =
        Refusals.message(
            IllegalArgumentException.class,
            () -> spec(layers, dim, heads, kvHeads, dropout, null, from, every));
    assertTrue(found.startsWith(message), found);
  }

  @SuppressWarnings("NullAway") // javac 17 loses the annotation of a nested type in a class file
  private static TransformerSpec spec(
      int layers,
      int dim,
      int heads,
      int kvHeads,
      double dropout,
      MoeLayer.@Nullable Spec moe,
      int from,
      int every) {
    return new TransformerSpec(
        7,
        7,
        layers,
        dim,
        heads,
        kvHeads,
        5,
        Activation.SWIGLU,
        Norm.Kind.RMS,
        Positions.ROTARY,
        true,
        false,
        dropout,
        moe,
        from,
        every);
  }
}
