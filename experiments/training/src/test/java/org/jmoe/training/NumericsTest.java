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

/** Detection, reporting and handling of non-finite values. */
final class NumericsTest {
  @TempDir Path folder = Path.of("");

  /** Sets one element of a parameter to NaN between two steps. */
  private static final class NanInjector implements TrainingListener {
    private final TinyTraining tiny;
    private final String parameter;
    private final long after;
    private final long until;
    final List<String> messages = new ArrayList<>();
    final List<StepReport> steps = new ArrayList<>();
    private float before;

    NanInjector(TinyTraining tiny, String parameter, long after, long until) {
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
    public void message(String sentence) {
      messages.add(sentence);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "router/gate | step 2: model/layers/1/moe/router: router logits of token 0 are",
        "model/norm/gain | step 2: the loss is NaN; first at token 0 of its micro-batch",
      })
  void failsByDefaultWithLocation(String parameter, String message) {
    try (TinyTraining tiny =
        new TinyTraining(folder, "training.steps=8", "training.evaluateEvery=8")) {
      NanInjector injector = new NanInjector(tiny, parameter, 1, 99);
      float[] before = Blocks.parameter(tiny.model, "experts/in").toFloatArray();
      String found =
          String.valueOf(
              assertThrows(DivergedException.class, () -> tiny.train(injector)).getMessage());
      assertTrue(found.startsWith(message), found);
      assertEquals(2, injector.steps.size());
      assertEquals(before.length, Blocks.parameter(tiny.model, "experts/in").size());
    }
  }

  @Test
  void skippedStepsAreCounted() {
    String[] changes = {
      "training.steps=8",
      "training.evaluateEvery=8",
      "training.accumulation=2",
      "training.numerics.onFault=SKIP_STEP",
      "training.numerics.mostSkips=3"
    };
    try (TinyTraining tiny = new TinyTraining(folder, changes)) {
      NanInjector injector = new NanInjector(tiny, "router/gate", 1, 4);
      assertEquals(8, tiny.train(injector));
      List<Boolean> skipped = injector.steps.stream().map(s -> Double.isNaN(s.nats())).toList();
      assertEquals(List.of(false, false, true, true, true, false, false, false), skipped);
      assertTrue(
          injector
              .messages
              .get(0)
              .startsWith("warning: skipped (1 of at most 3): step 2: model/layers"),
          injector.messages.toString());
      assertEquals(3, injector.messages.size());
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
      NanInjector injector = new NanInjector(tiny, "model/norm/gain", 1, 99);
      assertThrows(DivergedException.class, () -> tiny.train(injector));
      assertEquals(4, injector.steps.size());
    }
  }

  /** No gradients exist before the first step. */
  @Test
  void firstStepCanBeSkipped() {
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

  /** If the norm is infinite, neither parameters nor moments change. */
  @Test
  void infiniteGradientIsNotApplied() {
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
  void droppedTokensBypassTheExperts() {
    String[] changes = {
      "training.steps=4", "training.evaluateEvery=8", "training.numerics.onFault=DROP_TOKEN"
    };
    try (TinyTraining tiny = new TinyTraining(folder, changes)) {
      NanInjector injector = new NanInjector(tiny, "router/gate", 1, 99);
      // A NaN in the gate affects every token, so no token is routed; the final evaluation does not
      // drop tokens and therefore fails.
      assertThrows(RuntimeException.class, () -> tiny.train(injector));
      assertEquals(4, injector.steps.size());
      assertEquals(
          0L, injector.steps.get(3).layers().values().stream().mapToLong(LoadReport::total).sum());
      assertTrue(Double.isFinite(injector.steps.get(3).nats()));
      assertTrue(
          injector.messages.get(0).startsWith("warning: step 2: "), injector.messages.toString());
    }
  }

  @Test
  void lossSpikeIsReportedOnce() {
    LossMonitor monitor = new LossMonitor();
    List<String> warnings = new ArrayList<>();
    for (int step = 0; step < 100; step++) {
      double noise = 0.02 * Math.sin(step * 7);
      monitor.step(step, 3 - 0.01 * step + noise).ifPresent(warnings::add);
    }
    assertEquals(List.of(), warnings);
    for (int step = 100; step < 110; step++) {
      monitor.step(step, 4).ifPresent(warnings::add);
    }
    assertEquals(1, warnings.size());
    assertTrue(
        warnings
            .get(0)
            .startsWith(
                "warning: step 100: the loss is 4.000 nats, compared with a recent mean of 2."),
        warnings.get(0));
  }

  @Test
  void collapsedLayerIsReportedOnce() {
    CollapseMonitor monitor = new CollapseMonitor();
    List<String> warnings = new ArrayList<>();
    LoadReport balanced = load("a", 10, 11, 9, 10);
    LoadReport collapsed = load("b", 40, 0, 0, 0);
    for (int step = 0; step < 200; step++) {
      StepReport report =
          StepReport.of(step, 40, 1)
              .withUpdate(1, 1)
              .withLayers(java.util.Map.of("a", balanced, "b", collapsed));
      monitor.step(report).ifPresent(warnings::add);
    }
    assertEquals(1, warnings.size());
    assertTrue(
        warnings
            .get(0)
            .contains("step 49: over the last 50 steps, 3 of 4 experts of b received less"),
        warnings.get(0));
    assertTrue(
        warnings.get(0).contains("the busiest received 100% of all choices"), warnings.get(0));
  }

  private static LoadReport load(String layer, long... choices) {
    ImmutableLongArray all = ImmutableLongArray.copyOf(choices);
    return new LoadReport(layer, 40, all, all, ImmutableLongArray.of());
  }
}
