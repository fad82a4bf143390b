package org.jmoe.training.config;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.nio.file.Path;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.experts.LatentExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.Errors;
import org.jmoe.training.checkpoint.Checkpoint;
import org.jmoe.training.run.LoadedRun;
import org.jmoe.training.run.Run;
import org.jmoe.training.run.TinyRuns;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.ModelSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An upcycled model computes the same function as the dense model. */
final class UpcycledWeightsTest {
  @TempDir Path folder = Path.of("");

  static float[] logits(LanguageModel model, NDManager manager) {
    return NoGrad.get(
        () -> {
          try (NDManager scope = manager.newSubManager()) {
            NDArray ids =
                scope.create(new long[] {3, 15, 0, 8, 2, 2, 9}, new Shape(1, 7)); // (1, S)
            return model
                .logits(new ParameterStore(scope, false), ids, null, null, false)
                .toFloatArray();
          }
        });
  }

  private ModelSpec dense(Activation activation) {
    RunConfig config =
        TinyRuns.config(
            folder.resolve("none"),
            "model.moe=null",
            "training.losses=[]",
            "model.feedForward.hidden=24",
            "model.feedForward.activation=" + activation);
    return config.model();
  }

  private static LanguageModel built(ModelSpec spec, NDManager manager, long seed) {
    LanguageModel model = spec.build(Seed.of(seed).child("model"));
    model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
    return model;
  }

  @ParameterizedTest
  @CsvSource({
    "SWIGLU, 4, 2, 1",
    "SWIGLU, 8, 1, 1",
    "GELU, 4, 2, 1",
    "SWIGLU, 4, 2, 3",
    "GELU, 3, 1, 4",
    "REGLU, 2, 2, 2"
  })
  void logitsMatchTheDenseModel(Activation activation, int experts, int k, int parts) {
    ModelSpec dense = dense(activation);
    try (NDManager manager = NDManager.newBaseManager()) {
      LanguageModel before = built(dense, manager, 1);
      Checkpoint.save(before, folder, 5);
      UpcycledWeights weights = UpcycledWeights.of(Checkpoint.latest(folder).orElseThrow(), dense);
      MoeLayer.Spec moe =
          new MoeLayer.Spec(
              experts * parts,
              TopKRouter.Spec.of(k * parts),
              new FeedForwardExperts.Spec(24 / parts, activation, false, 0));
      LanguageModel after = built(dense.withMoe(moe), manager, 2);
      weights.load(after, manager);
      assertArrayEquals(logits(before, manager), logits(after, manager), 2e-6f);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "false, 24, 2, 1, routing weights that sum to 1",
    "true, 20, 2, 1, must divide feed-forward width",
    "true, 8, 2, 1, the number of parts per feed-forward",
  })
  void modelsThatWouldDifferAreRejected(
      boolean normalise, int hidden, int k, int scale, String why) {
    ModelSpec dense = dense(Activation.SWIGLU);
    try (NDManager manager = NDManager.newBaseManager()) {
      Checkpoint.save(built(dense, manager, 1), folder, 5);
      UpcycledWeights weights = UpcycledWeights.of(Checkpoint.latest(folder).orElseThrow(), dense);
      MoeLayer.Spec moe =
          new MoeLayer.Spec(
              4,
              new TopKRouter.Spec(k, normalise, scale, Capacity.dropless()),
              FeedForwardExperts.Spec.swiglu(hidden));
      LanguageModel after = built(dense.withMoe(moe), manager, 2);
      String message =
          Errors.message(IllegalArgumentException.class, () -> weights.load(after, manager));
      assertTrue(message.contains(why), message);
    }
  }

  @Test
  void latentExpertsAreRejected() {
    ModelSpec dense = dense(Activation.SWIGLU);
    try (NDManager manager = NDManager.newBaseManager()) {
      Checkpoint.save(built(dense, manager, 1), folder, 5);
      UpcycledWeights weights = UpcycledWeights.of(Checkpoint.latest(folder).orElseThrow(), dense);
      LatentExperts.Spec latent = new LatentExperts.Spec(4, FeedForwardExperts.Spec.swiglu(24));
      MoeLayer.Spec moe = new MoeLayer.Spec(4, TopKRouter.Spec.of(2), latent);
      LanguageModel after = built(dense.withMoe(moe), manager, 2);
      assertEquals(
          "upcycling needs feed-forward experts, a TopKRouter and no shared expert",
          Errors.message(IllegalArgumentException.class, () -> weights.load(after, manager)));
    }
  }

  @Test
  void upcycledRunStartsAtTheDenseLoss() {
    Path data = TinyRuns.corpus(folder);
    RunConfig dense =
        TinyRuns.config(
            data,
            "model.moe=null",
            "training.losses=[]",
            "model.feedForward.hidden=32",
            "model.feedForward.activation=SWIGLU");
    double nats = Run.of(dense).execute(folder.resolve("dense")).validationNats();
    RunConfig sparse =
        TinyRuns.config(
            data,
            "model.feedForward.hidden=32",
            "model.feedForward.activation=SWIGLU",
            "model.moe.expert.hidden=32",
            "model.moe.expert.activation=SWIGLU",
            "training.optimizer.rate=1e-12"); // effectively zero
    try (LoadedRun run = LoadedRun.open(folder.resolve("dense"), TinyRuns.json())) {
      sparse = sparse.withInit(new InitSpec(UpcycledWeights.of(run.file(), run.config().model())));
    }
    Path out = folder.resolve("sparse");
    assertEquals(nats, Run.of(sparse).execute(out).validationNats(), 1e-5);
    try (LoadedRun run = LoadedRun.open(out, TinyRuns.json())) {
      assertEquals(sparse, run.config());
    }
  }

  @Test
  void mismatchedModelIsRejectedUnchanged() {
    ModelSpec dense = dense(Activation.SWIGLU);
    try (NDManager manager = NDManager.newBaseManager()) {
      Checkpoint.save(built(dense, manager, 1), folder, 5);
      UpcycledWeights weights = UpcycledWeights.of(Checkpoint.latest(folder).orElseThrow(), dense);
      RunConfig wider =
          TinyRuns.config(folder.resolve("none"), "model.feedForward.hidden=24", "model.dim=32");
      MoeLayer.Spec moe =
          new MoeLayer.Spec(4, TopKRouter.Spec.of(2), FeedForwardExperts.Spec.swiglu(24));
      LanguageModel after = built(wider.model().withMoe(moe), manager, 2);
      float[] before = logits(after, manager);
      String message =
          Errors.message(IllegalArgumentException.class, () -> weights.load(after, manager));
      assertTrue(message.contains("but the dense model needs shape"), message);
      assertArrayEquals(before, logits(after, manager));
    }
  }
}
