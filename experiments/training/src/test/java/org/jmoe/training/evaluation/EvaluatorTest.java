package org.jmoe.training.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import com.google.common.primitives.ImmutableLongArray;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.data.batch.Batch;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.experts.MoeExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.training.TinyTraining;
import org.jmoe.training.config.Presets;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EvaluatorTest {
  @TempDir Path folder = Path.of("");

  @Test
  void measuresEveryTokenOnce() {
    try (TinyTraining tiny = new TinyTraining(folder, "model.dropout=0.5")) {
      double sum = 0;
      long tokens = 0;
      for (long i = 0; i < tiny.held.perPass(); i++) {
        try (Batch batch = tiny.held.ofPass(i);
            NDManager scope = tiny.manager.newSubManager()) {
          sum += nats(tiny, batch, scope);
          tokens += batch.tokens();
        }
      }
      int before = tiny.manager.getManagedArrays().size();
      Evaluation found = tiny.evaluator().run(Long.MAX_VALUE);
      assertEquals(before, tiny.manager.getManagedArrays().size(), "arrays left behind");
      assertEquals(tokens, found.tokens());
      assertEquals(sum / tokens, found.nats(), 1e-5);
      assertEquals(found, tiny.evaluator().run(tiny.held.perPass()), "not repeatable");
    }
  }

  /** Cross-entropy of a batch in doubles. */
  private static double nats(TinyTraining tiny, Batch batch, NDManager scope) {
    NDArray logits =
        tiny.model.logits(new ParameterStore(scope, false), batch.inputs(scope), null, null, false);
    float[] values = logits.toFloatArray();
    int vocabulary = tiny.config.model().vocabulary();
    double sum = 0;
    for (int t = 0; t < batch.tokens(); t++) {
      double total = 0;
      for (int v = 0; v < vocabulary; v++) {
        total += Math.exp(values[t * vocabulary + v]);
      }
      sum += Math.log(total) - values[t * vocabulary + (int) batch.target(t)];
    }
    return sum;
  }

  @Test
  void countsWhereTheTokensOfEachDomainGo() {
    try (TinyTraining tiny = new TinyTraining(folder)) {
      Evaluation found = tiny.evaluator().run(Long.MAX_VALUE);
      assertEquals(List.of("model/layers/1/moe"), List.copyOf(found.layers().keySet()));
      LayerLoad load = found.layers().values().iterator().next();
      assertEquals(2 * found.tokens(), load.total());
      assertEquals(0, load.droppedShare());
      assertEquals(2, load.byDomain().size());
      ImmutableLongArray first = load.byDomain().get(0);
      ImmutableLongArray second = load.byDomain().get(1);
      for (int e = 0; e < load.experts(); e++) {
        assertEquals(load.choices().get(e), first.get(e) + second.get(e));
      }
      assertTrue(first.stream().sum() > 0 && second.stream().sum() > 0);
    }
  }

  /** Layers inside experts see the tokens of their expert alone, whose domains are not told. */
  @Test
  void hierarchicalExpertsAreMeasured() {
    MoeLayer.Spec inner =
        new MoeLayer.Spec(2, TopKRouter.Spec.of(1), FeedForwardExperts.Spec.relu(4));
    RunConfig smoke = Presets.named("smoke").config();
    MoeLayer.Spec outer = new MoeLayer.Spec(4, TopKRouter.Spec.of(2), new MoeExperts.Spec(inner));
    String expert =
        TinyRuns.json()
            .write(smoke.withModel(smoke.model().withMoe(outer)))
            .at("/model/layers/0/blocks/0/moe/expert")
            .toString();
    try (TinyTraining tiny = new TinyTraining(folder, "model.moe.expert=" + expert)) {
      Evaluation found = tiny.evaluator().run(Long.MAX_VALUE);
      assertEquals(5, found.layers().size());
      long inside =
          found.layers().entrySet().stream()
              .filter(layer -> MoeLayer.isInsideExpert(layer.getKey()))
              .mapToLong(layer -> layer.getValue().total())
              .sum();
      assertEquals(2 * found.tokens(), inside);
    }
  }

  @Test
  void fewerBatchesAreSpreadOverTheData() {
    try (TinyTraining tiny = new TinyTraining(folder)) {
      assertTrue(tiny.held.perPass() > 4);
      Evaluation found = tiny.evaluator().run(4);
      assertEquals(4 * 4 * 16, found.tokens());
      // The first batches alone would be of one domain.
      LayerLoad load = found.layers().values().iterator().next();
      assertTrue(load.byDomain().stream().allMatch(d -> d.stream().sum() > 0));
    }
  }
}
