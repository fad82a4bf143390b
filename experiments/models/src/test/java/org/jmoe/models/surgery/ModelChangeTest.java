package org.jmoe.models.surgery;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import org.jmoe.layer.MoeLayer;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.topk.SwitchRouter;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.Errors;
import org.jmoe.training.config.ModelChange;
import org.jmoe.training.run.TinyRuns;
import org.jmoe.transformer.AllowNonCausal;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.ModelSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Routing to more experts of a built model. */
final class ModelChangeTest {
  @TempDir Path folder = Path.of("");

  private static LanguageModel built(ModelSpec spec, NDManager manager) {
    LanguageModel model = spec.build(Seed.of(1).child("model"));
    model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
    return model;
  }

  @Test
  void changingKEqualsConfiguringK() {
    Path data = TinyRuns.corpus(folder);
    try (NDManager manager = NDManager.newBaseManager()) {
      ModelSpec two = TinyRuns.config(data).model();
      ModelSpec four = TinyRuns.config(data, "model.moe.router.k=4").model();
      ModelSpec changed = new ModelChange(4, null, null).of(two);
      assertEquals(four, changed);
      LanguageModel model = built(two, manager);
      LanguageModel more = built(changed, manager);
      for (int i = 0; i < model.getParameters().size(); i++) { // same seed, same weights
        NDArray a = model.getParameters().valueAt(i).getArray();
        assertArrayEquals(
            a.toFloatArray(), more.getParameters().valueAt(i).getArray().toFloatArray());
      }
      ModelSpec tight = new ModelChange(null, 0.25, null).of(two);
      assertTrue(tight.toString().contains("evalFactor=0.25"), tight.toString());
      ModelSpec top =
          TinyRuns.config(data, TinyRuns.router(new SwitchRouter.Spec(0, Capacity.dropless())))
              .model();
      String message =
          Errors.message(
              IllegalArgumentException.class, () -> new ModelChange(2, null, null).of(top));
      assertTrue(message.contains("Cannot set k: SwitchRouter has no setting k"), message);
      ModelSpec ahead = two.mapMoe(moe -> allowed(moe));
      assertEquals(four.mapMoe(moe -> allowed(moe)), new ModelChange(4, null, null).of(ahead));
    }
  }

  private static MoeLayer.Spec allowed(MoeLayer.Spec moe) {
    return new MoeLayer.Spec(
        moe.experts(), new AllowNonCausal(moe.router()), moe.expert(), moe.shared());
  }
}
