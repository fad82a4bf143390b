package org.jmoe.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Set;
import org.jmoe.data.batch.Batch;
import org.jmoe.metrics.LoadReport;
import org.jmoe.testing.Blocks;
import org.jmoe.testing.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TrainerTest {
  private static final String FROZEN =
      "training.optimizer.groups=[{\"match\":\"/router/\",\"rate\":1,\"decay\":1,\"frozen\":true}]";

  /**
   * With a small epsilon, Adam can amplify rounding of a near-zero gradient into a step of either
   * sign.
   */
  private static final String LINEAR = "training.optimizer.epsilon=1";

  @TempDir Path folder = Path.of("");

  @Test
  void learnsMoreThanUnigramFrequencies() {
    try (TinyTraining tiny = new TinyTraining(folder, "training.steps=80", "training.batch=8")) {
      double unigram = unigramEntropy(tiny);
      assertEquals(80, tiny.train());
      assertEquals(80, tiny.steps.size());
      double held = tiny.evaluations.get(tiny.evaluations.size() - 1).nats();
      assertTrue(held < unigram - 0.3, "held-out " + held + ", unigram " + unigram);
      StepReport last = tiny.steps.get(79);
      assertEquals(79, last.step());
      assertEquals(8 * 16, last.tokens());
      assertEquals(Set.of("SwitchBalance", "RouterZ"), last.penalties().keySet());
      assertEquals(2 * 8 * 16, choices(last));
      assertTrue(last.gradientNorm() > 0);
      assertEquals(0.1 * tiny.config.training().optimizer().rate(), last.rate(), 1e-12);
    }
  }

  private static long choices(StepReport report) {
    return report.layers().values().stream().mapToLong(LoadReport::total).sum();
  }

  /** Returns the entropy of the unigram distribution, in nats per token. */
  private static double unigramEntropy(TinyTraining tiny) {
    double[] counts = new double[tiny.config.model().vocabulary()];
    double total = 0;
    for (long i = 0; i < tiny.held.perPass(); i++) {
      try (Batch batch = tiny.held.ofPass(i)) {
        for (int t = 0; t < batch.tokens(); t++) {
          counts[(int) batch.target(t)]++;
          total++;
        }
      }
    }
    double entropy = 0;
    for (double count : counts) {
      entropy -= count == 0 ? 0 : count / total * Math.log(count / total);
    }
    return entropy;
  }

  /** Without balance losses, which are computed per micro-batch. */
  @Test
  void accumulationMatchesOneLargeBatch() {
    String[] whole = {"training.losses=[]", LINEAR, "training.batch=8"};
    String[] halves = {"training.losses=[]", LINEAR, "training.batch=4", "training.accumulation=2"};
    try (TinyTraining one = new TinyTraining(folder, whole);
        TinyTraining two = new TinyTraining(folder, halves)) {
      one.train();
      two.train();
      for (int step = 0; step < 4; step++) {
        StepReport a = one.steps.get(step);
        StepReport b = two.steps.get(step);
        assertEquals(a.nats(), b.nats(), 1e-6);
        assertEquals(a.gradientNorm(), b.gradientNorm(), 1e-6);
        assertEquals(a.tokens(), b.tokens());
        assertEquals(choices(a), choices(b));
      }
      Tensors.assertClose(
          Tensors.doubles(Blocks.parameter(one.model, "experts/in")),
          Blocks.parameter(two.model, "experts/in"),
          1e-6);
    }
  }

  @Test
  void stopsWhenNothingImproves() {
    String[] changes = {
      "training.steps=50",
      "training.evaluateEvery=2",
      "training.patience=3",
      "training.optimizer.rate=1e-30"
    };
    try (TinyTraining tiny = new TinyTraining(folder, changes)) {
      assertEquals(8, tiny.train()); // the first evaluation and three without improvement
      assertEquals(8, tiny.steps.size());
      assertEquals(4, tiny.evaluations.size());
    }
  }

  @Test
  void frozenRouterIsNotTrained() {
    try (TinyTraining tiny = new TinyTraining(folder, FROZEN)) {
      float[] gate = Blocks.parameter(tiny.model, "router/gate").toFloatArray();
      float[] experts = Blocks.parameter(tiny.model, "experts/in").toFloatArray();
      tiny.train();
      assertArrayEquals(gate, Blocks.parameter(tiny.model, "router/gate").toFloatArray());
      assertNotEquals(experts[0], Blocks.parameter(tiny.model, "experts/in").toFloatArray()[0]);
    }
  }

  @Test
  void dropoutWorksInTheModelAndInTheExperts() {
    try (TinyTraining plain = new TinyTraining(folder, "training.steps=1");
        TinyTraining model = new TinyTraining(folder, "training.steps=1", "model.dropout=0.3");
        TinyTraining experts =
            new TinyTraining(folder, "training.steps=1", "model.moe.expert.dropout=0.3")) {
      plain.train();
      model.train();
      experts.train();
      double without = plain.steps.get(0).nats();
      assertNotEquals(without, model.steps.get(0).nats());
      assertNotEquals(without, experts.steps.get(0).nats());
      assertNotEquals(model.steps.get(0).nats(), experts.steps.get(0).nats());
      assertEquals(without, model.steps.get(0).nats(), 0.5);
    }
  }

  @Test
  void divergenceIsReported() {
    String[] changes = {
      "training.optimizer.rate=1e30",
      "training.schedule.warmup=0",
      "training.steps=20",
      "training.losses=[]",
      "model.moe=null"
    };
    try (TinyTraining tiny = new TinyTraining(folder, changes)) {
      String message =
          String.valueOf(assertThrows(DivergedException.class, tiny::train).getMessage());
      assertTrue(
          message.matches("step \\d+: the (loss|gradient norm) is (NaN|Infinity|-Infinity); .*"),
          message);
    }
  }
}
