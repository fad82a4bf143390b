package org.jmoe.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import org.jmoe.block.Norm;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.Blocks;
import org.jmoe.transformer.attention.GroupedAttention;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Placements of normalizations, gates of attention and constant factors. */
final class NormPlacementTest {
  private static final long[] IDS = {3, 1, 4, 1, 5, 9, 2, 6};

  private static ModelSpec model(NormPlacement placement, boolean gated, Multipliers multipliers) {
    GroupedAttention.Spec attention = GroupedAttention.Spec.builder(4, 2).gated(gated).build();
    return ModelSpec.builder(11, 8, 16)
        .norm(Norm.Kind.RMS, 0)
        .normPlacement(placement)
        .multipliers(multipliers)
        .layers(2, DecoderBlock.Spec.dense(attention, new FeedForward.Spec(12, Activation.SWIGLU)))
        .build();
  }

  private static float[] logits(ModelSpec spec) {
    try (NDManager manager = NDManager.newBaseManager()) {
      LanguageModel model = spec.build(Seed.of(1).child("model"));
      model.initialize(manager, DataType.FLOAT32, new Shape(1, IDS.length));
      NDArray ids = manager.create(IDS, new Shape(1, IDS.length)); // (1, S)
      return NoGrad.get(
          () ->
              model
                  .logits(new ParameterStore(manager, false), ids, null, null, false)
                  .toFloatArray());
    }
  }

  @ParameterizedTest
  @EnumSource
  void parameterCountMatchesModel(NormPlacement placement) {
    for (boolean gated : new boolean[] {false, true}) {
      ModelSpec spec = model(placement, gated, Multipliers.NONE);
      assertEquals(Blocks.count(spec.build(Seed.of(1).child("model"))), spec.parameters());
    }
  }

  @Test
  void logitsScaleWithTheirMultiplier() {
    float[] plain = logits(model(NormPlacement.OUTPUT, false, Multipliers.NONE));
    float[] halved = logits(model(NormPlacement.OUTPUT, false, new Multipliers(1, 1, 0.5)));
    for (int i = 0; i < plain.length; i++) {
      assertEquals(0.5F * plain[i], halved[i], 1e-6F);
    }
  }

  /** Every normalization divides by the scale of the residual stream, 8 x + 8 f(norm(8 x)). */
  @Test
  void commonFactorOfTheResidualStreamCancels() {
    float[] plain = logits(model(NormPlacement.INPUT, true, Multipliers.NONE));
    float[] scaled = logits(model(NormPlacement.INPUT, true, new Multipliers(8, 8, 1)));
    assertArrayEquals(plain, scaled, 1e-5F);
  }
}
