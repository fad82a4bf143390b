package org.jmoe.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import com.google.common.primitives.ImmutableLongArray;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.metrics.LoadReport;
import org.jmoe.testing.Blocks;
import org.jmoe.training.evaluation.Evaluation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A number that is none is told with its place, and what is done about it is a choice. */
final class NumericsTest {
  @TempDir Path folder = Path.of("");

  /** Puts a NaN into a parameter before a step, as a fault of the machine would. */
  private static final class Poison implements TrainingListener {
    private final TinyTraining tiny;
    private final String parameter;
    private final long after;
    private final long until;
    final List<String> told = new ArrayList<>();
    final List<StepReport> steps = new ArrayList<>();
    private float before;

    Poison(TinyTraining tiny, String parameter, long after, long until) {
      this.tiny = tiny;
      this.parameter = parameter;
      this.after = after;
      this.until = until;
    }

    @Override
    public void stepped(StepReport report) {
      steps.add(report);
      if (report.step() == after) {
        NDArray values = Blocks.parameter(tiny.model, parameter);
        before = values.toFloatArray()[0];
        set(Float.NaN);
      } else if (report.step() == until) {
        set(before);
      }
    }

    private void set(float value) {
      NDArray array = Blocks.parameter(tiny.model, parameter);
      float[] numbers = array.toFloatArray();
      numbers[0] = value;
      array.set(numbers);
    }

    @Override
    public void evaluated(long step, Evaluation evaluation) {}

    @Override
    public void told(String sentence) {
      told.add(sentence);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "router/gate | step 2: model/layers/1/moe/router: router logits of token 0 are",
        "model/norm/gain | step 2: the loss is NaN; first at token 0 of its micro-batch",
      })
  void failsByDefaultAndSaysWhere(String parameter, String message) {
    try (TinyTraining tiny =
        new TinyTraining(folder, "training.steps=8", "training.evaluateEvery=8")) {
      Poison poison = new Poison(tiny, parameter, 1, 99);
      float[] before = Blocks.parameter(tiny.model, "experts/in").toFloatArray();
      String found =
          String.valueOf(
              assertThrows(DivergedException.class, () -> tiny.train(poison)).getMessage());
      assertTrue(found.startsWith(message), found);
      assertEquals(2, poison.steps.size());
      assertEquals(before.length, Blocks.parameter(tiny.model, "experts/in").size());
    }
  }

  @Test
  void skippedStepsChangeNothingAndAreCounted() {
    String[] changes = {
      "training.steps=8",
      "training.evaluateEvery=8",
      "training.accumulation=2",
      "training.numerics.onFault=SKIP_STEP",
      "training.numerics.mostSkips=3"
    };
    try (TinyTraining tiny = new TinyTraining(folder, changes)) {
      Poison poison = new Poison(tiny, "router/gate", 1, 4);
      assertEquals(8, tiny.train(poison));
      List<Boolean> skipped = poison.steps.stream().map(s -> Double.isNaN(s.nats())).toList();
      assertEquals(List.of(false, false, true, true, true, false, false, false), skipped);
      assertTrue(
          poison.told.get(0).startsWith("warning: skipped (1 of at most 3): step 2: model/layers"),
          poison.told.toString());
      assertEquals(3, poison.told.size());
    }
  }

  @Test
  void tooManySkipsFail() {
    String[] changes = {
      "training.steps=8",
      "training.numerics.onFault=SKIP_STEP",
      "training.numerics.mostSkips=2",
      "training.evaluateEvery=8"
    };
    try (TinyTraining tiny = new TinyTraining(folder, changes)) {
      Poison poison = new Poison(tiny, "model/norm/gain", 1, 99);
      assertThrows(DivergedException.class, () -> tiny.train(poison));
      assertEquals(4, poison.steps.size());
    }
  }

  /** The first step has no gradients yet. */
  @Test
  void theFirstStepCanBeSkipped() {
    String[] changes = {
      "training.steps=3",
      "training.losses.1.coefficient=1e300",
      "training.numerics.onFault=SKIP_STEP",
      "training.numerics.mostSkips=3"
    };
    try (TinyTraining tiny = new TinyTraining(folder, changes)) {
      float[] before = Blocks.parameter(tiny.model, "experts/in").toFloatArray();
      assertEquals(3, tiny.train());
      assertArrayEquals(before, Blocks.parameter(tiny.model, "experts/in").toFloatArray());
    }
  }

  /** The norm is infinite, so neither parameters nor moments are touched. */
  @Test
  void anInfiniteGradientIsNotApplied() {
    String[] changes = {
      "training.steps=2", "training.losses.0.coefficient=1e38", "training.optimizer.clip=0"
    };
    try (TinyTraining tiny = new TinyTraining(folder, changes)) {
      float[] before = Blocks.parameter(tiny.model, "experts/in").toFloatArray();
      String message =
          String.valueOf(assertThrows(DivergedException.class, tiny::train).getMessage());
      assertTrue(message.startsWith("step 0: the gradient norm is "), message);
      assertTrue(message.contains("; first in model/"), message);
      assertArrayEquals(before, Blocks.parameter(tiny.model, "experts/in").toFloatArray());
    }
  }

  @Test
  void aDroppedTokenGoesThroughNoExpert() {
    String[] changes = {
      "training.steps=4", "training.evaluateEvery=8", "training.numerics.onFault=DROP_TOKEN"
    };
    try (TinyTraining tiny = new TinyTraining(folder, changes)) {
      Poison poison = new Poison(tiny, "router/gate", 1, 99);
      // A gate of a NaN is undefined for every token, so nobody is routed, and the final
      // evaluation,
      // which drops nothing, refuses.
      assertThrows(RuntimeException.class, () -> tiny.train(poison));
      assertEquals(4, poison.steps.size());
      assertEquals(
          0L, poison.steps.get(3).layers().values().stream().mapToLong(LoadReport::total).sum());
      assertTrue(Double.isFinite(poison.steps.get(3).nats()));
      assertTrue(poison.told.get(0).startsWith("warning: step 2: "), poison.told.toString());
    }
  }

  @Test
  void aLossSpikeIsToldOnce() {
    LossWatch watch = new LossWatch();
    List<String> told = new ArrayList<>();
    for (int step = 0; step < 100; step++) {
      double noise = 0.02 * Math.sin(step * 7);
      watch.step(step, 3 - 0.01 * step + noise).ifPresent(told::add);
    }
    assertEquals(List.of(), told);
    for (int step = 100; step < 110; step++) {
      watch.step(step, 4).ifPresent(told::add);
    }
    assertEquals(1, told.size());
    assertTrue(
        told.get(0).startsWith("warning: the loss of step 100 is 4.000 nats, its recent mean 2."),
        told.get(0));
  }

  @Test
  void aCollapsedLayerIsToldOnceByName() {
    CollapseWatch watch = new CollapseWatch();
    List<String> told = new ArrayList<>();
    LoadReport fair = load("a", 10, 11, 9, 10);
    LoadReport collapsed = load("b", 40, 0, 0, 0);
    for (int step = 0; step < 200; step++) {
      StepReport report =
          new StepReport(
              step, 1, java.util.Map.of(), 1, 1, 40, java.util.Map.of("a", fair, "b", collapsed));
      watch.step(report).ifPresent(told::add);
    }
    assertEquals(1, told.size());
    assertTrue(told.get(0).contains("at step 49 3 of 4 experts of b got less"), told.get(0));
    assertTrue(told.get(0).contains("the busiest 100% of all choices"), told.get(0));
  }

  private static LoadReport load(String layer, long... choices) {
    ImmutableLongArray all = ImmutableLongArray.copyOf(choices);
    return new LoadReport(layer, 40, all, all, ImmutableLongArray.of());
  }
}
