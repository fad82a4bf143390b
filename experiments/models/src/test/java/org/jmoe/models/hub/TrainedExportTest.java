package org.jmoe.models.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.SharedSpec;
import org.jmoe.models.family.ModelFamilies;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.topk.SwitchRouter;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Seed;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.FeedForward;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.attention.GroupedAttention;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Exports of trained models as published architectures. */
final class TrainedExportTest {
  @TempDir Path folder = Path.of("");

  private static ModelSpec spec(MoeLayer.Spec moe, int from, boolean tied) {
    DecoderBlock.Spec dense =
        DecoderBlock.Spec.dense(
            GroupedAttention.Spec.of(4, 2), new FeedForward.Spec(12, Activation.SWIGLU));
    return ModelSpec.builder(31, 32, 16)
        .tied(tied)
        .layers(2, dense)
        .build()
        .withMoe(moe, layer -> layer >= from);
  }

  static Stream<ModelSpec> models() {
    FeedForwardExperts.Spec expert = FeedForwardExperts.Spec.swiglu(7);
    SharedSpec shared = new SharedSpec(FeedForwardExperts.Spec.swiglu(5), SharedSpec.Mix.GATED);
    return Stream.of(
        spec(new MoeLayer.Spec(4, TopKRouter.Spec.of(2), expert), 0, false),
        spec(
            new MoeLayer.Spec(
                4, new TopKRouter.Spec(2, false, Capacity.dropless()), expert, shared),
            1,
            true));
  }

  @ParameterizedTest
  @MethodSource("models")
  void exportGivesSameLogits(ModelSpec spec) {
    try (NDManager manager = NDManager.newBaseManager()) {
      LanguageModel model = spec.build(Seed.of(5).child("model"));
      model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
      new HubExport(folder, null)
          .write(model, "model/", TrainedExport.config(spec), ModelFamilies.standard());
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
    MoeLayer.Spec moe =
        new MoeLayer.Spec(
            4, new SwitchRouter.Spec(0, Capacity.dropless()), FeedForwardExperts.Spec.swiglu(7));
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> TrainedExport.config(spec(moe, 0, false)))
            .getMessage();
    assertTrue(String.valueOf(message).contains("top-k softmax router"), message);
  }
}
