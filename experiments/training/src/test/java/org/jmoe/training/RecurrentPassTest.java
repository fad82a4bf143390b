package org.jmoe.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.nio.file.Path;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.topk.RecurrentRouter;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Seed;
import org.jmoe.training.run.TinyRuns;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.attention.KvCache;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** States between the layers of a pass. */
final class RecurrentPassTest {
  private static final String ROUTER =
      TinyRuns.router(new RecurrentRouter.Spec(2, 4, Capacity.dropless()));

  @TempDir Path folder = Path.of("");

  /** Token by token with a cache, from a store without a recording. */
  @Test
  void aCachedPassEqualsTheFullOne() {
    try (TinyTraining tiny = new TinyTraining(folder, TinyRuns.moeEverywhere(), ROUTER);
        NDManager manager = NDManager.newBaseManager()) {
      LanguageModel model = tiny.config.model().build(Seed.of(1).child("model"));
      model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
      ParameterStore store = new ParameterStore(manager, false);
      NDArray ids = manager.create(new long[] {1, 5, 2, 7, 3, 4}, new Shape(1, 6));
      NoGrad.get(
          () -> {
            NDArray full = model.logits(store, ids, null, null, false); // (1, S, V)
            try (KvCache cache = model.newCache(manager, 1)) {
              for (int t = 0; t < 6; t++) {
                NDArray id = ids.get(":, %d:%d".formatted(t, t + 1)); // (1, 1)
                NDArray one = model.logits(store, id, null, cache, false); // (1, 1, V)
                float[] expected = full.get(":, " + t).toFloatArray();
                assertArrayEquals(expected, one.toFloatArray(), 1e-4f, "token " + t);
              }
            }
            return 0;
          });
    }
  }
}
