package org.jmoe.models.surgery;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.Map;
import org.jmoe.data.formats.TokenData;
import org.jmoe.layer.MoeLayer;
import org.jmoe.metrics.ExpertSaliency;
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

/** Ablating experts and routing to more of them. */
final class KnockoutTest {
  @TempDir Path folder = Path.of("");

  private static LanguageModel built(ModelSpec spec, NDManager manager) {
    LanguageModel model = spec.build(Seed.of(1).child("model"));
    model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
    return model;
  }

  @Test
  void ablatingUnusedExpertsChangesNothingAndModelIsRestored() {
    Path data = TinyRuns.corpus(folder);
    try (NDManager manager = NDManager.newBaseManager()) {
      LanguageModel model = built(TinyRuns.config(data, "model.moe.experts=12").model(), manager);
      DataPass pass = DataPass.of(model, manager, TokenData.open(data)).atMost(3);
      DomainLoss before = DomainLoss.of(pass);
      assertEquals(3 * 16, before.tokens());
      assertEquals(2, DomainLoss.of(pass.atMost(40)).byDomain().size());
      ExpertSaliency use = ExpertUse.of(pass.atMost(1)).layers().get(0).saliency();
      Knockout knockout = new Knockout(model);
      assertEquals(Map.of("model/layers/1/moe", 12), knockout.layers());
      boolean unused = false;
      for (int e = 0; e < 12; e++) {
        DomainLoss rise =
            knockout
                .without("model/layers/1/moe", e, pass.atMost(1))
                .minus(DomainLoss.of(pass.atMost(1)));
        assertEquals(use.served().get(e) == 0, rise.all() == 0, "expert " + e);
        unused |= use.served().get(e) == 0;
      }
      assertTrue(unused, "every expert was used, so the test is void");
      assertEquals(before, DomainLoss.of(pass));
      String message =
          Errors.message(
              IllegalArgumentException.class,
              () -> knockout.without("model/layers/0/moe", 0, pass));
      assertTrue(message.contains("model/layers/1/moe=12"), message);
    }
  }

  @Test
  void lossIsTheMeanOverDomains() {
    Path data = TinyRuns.corpus(folder);
    try (NDManager manager = NDManager.newBaseManager()) {
      LanguageModel model = built(TinyRuns.config(data).model(), manager);
      DomainLoss loss = DomainLoss.of(DataPass.of(model, manager, TokenData.open(data)));
      double mean = loss.byDomain().values().stream().mapToDouble(d -> d).average().orElseThrow();
      assertEquals(mean, loss.all(), 0.02); // domains have nearly equal sizes
    }
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
