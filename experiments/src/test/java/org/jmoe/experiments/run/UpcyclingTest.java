package org.jmoe.experiments.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Seed;
import org.jmoe.transformer.LanguageModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UpcyclingTest {
  private static final String[] DENSE = {
    "model.moe=null", "training.losses=[]", "model.feedForward.activation=SWIGLU"
  };

  @TempDir Path folder = Path.of("");

  private RunConfig dense() {
    return TinyRuns.config(TinyRuns.corpus(folder), DENSE);
  }

  private RunConfig sparse(String... changes) {
    return TinyRuns.config(TinyRuns.corpus(folder), changes);
  }

  private static LanguageModel model(RunConfig config, NDManager manager) {
    LanguageModel model = config.model().build(Seed.of(config.seed()).child("model"));
    model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
    return model;
  }

  private static float[] logits(LanguageModel model, NDManager manager) {
    NDArray ids = // (1, 8)
        manager.create(new long[] {3, 1, 4, 1, 5, 9, 2, 6}, new Shape(1, 8));
    RecordingStore store = new RecordingStore(new ParameterStore(manager, false), Seed.of(0));
    return NoGrad.get(() -> model.logits(store, ids, null, null, false)).toFloatArray();
  }

  @Test
  void theMixtureComputesWhatTheDenseModelDoes() {
    try (NDManager manager = NDManager.newBaseManager()) {
      LanguageModel dense = model(dense(), manager);
      LanguageModel sparse = model(sparse().withSeed(5), manager);
      float[] wanted = logits(dense, manager);
      assertTrue(!Arrays.equals(wanted, logits(sparse, manager)));
      Upcycling.copy(dense, sparse);
      assertArrayEquals(wanted, logits(sparse, manager), 1e-6f);
      Map<String, NDArray> from = parameters(dense);
      Map<String, NDArray> to = parameters(sparse);
      NDArray experts =
          Objects.requireNonNull(to.get("model/layers/1/moe/experts/in")); // (E, D, H)
      NDArray one = Objects.requireNonNull(from.get("model/layers/1/feed_forward/in")); // (D, H)
      for (int e = 0; e < 4; e++) {
        assertArrayEquals(one.toFloatArray(), experts.get(e).toFloatArray()); // to the bit
      }
    }
  }

  @Test
  void otherWidthsAreRefusedAndNothingIsChanged() {
    try (NDManager manager = NDManager.newBaseManager()) {
      LanguageModel dense = model(dense(), manager);
      LanguageModel sparse = model(sparse("model.moe.expert.hidden=8"), manager);
      float[] before = logits(sparse, manager);
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> Upcycling.copy(dense, sparse));
      assertTrue(e.toString().contains("experts/in is of shape (16, 32)"), e.toString());
      assertArrayEquals(before, logits(sparse, manager));
    }
  }

  @Test
  void anUpcycledRunStartsWhereTheDenseOneEnded() {
    Path first = folder.resolve("dense");
    double nats = Run.of(dense()).execute(first).validationNats();
    RunConfig config = sparse("training.optimizer.rate=1e-12");
    Path second = folder.resolve("sparse");
    try (LoadedRun run = LoadedRun.open(first, TinyRuns.json())) {
      Upcycling.begin(run.model(), config, TinyRuns.json(), second);
    }
    assertTrue(Files.exists(second.resolve("checkpoints/step-0")));
    Summary summary = Run.of(config).execute(second); // goes on; the rate moves nothing
    assertEquals(nats, summary.validationNats(), 1e-5);
    assertEquals(4, summary.steps());
  }

  @Test
  void aMixtureGoesOnAsAMixture() {
    try (NDManager manager = NDManager.newBaseManager()) {
      LanguageModel trained = model(sparse(), manager);
      LanguageModel other = model(sparse().withSeed(5), manager);
      Upcycling.copy(trained, other);
      assertArrayEquals(logits(trained, manager), logits(other, manager));
    }
  }

  private static Map<String, NDArray> parameters(LanguageModel model) {
    return model.getParameters().values().stream()
        .collect(Collectors.toMap(Parameter::getName, Parameter::getArray));
  }
}
