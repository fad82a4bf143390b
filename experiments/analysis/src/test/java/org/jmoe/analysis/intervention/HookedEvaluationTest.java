package org.jmoe.analysis.intervention;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.data.formats.TokenData;
import org.jmoe.intervention.Ban;
import org.jmoe.intervention.ExpertGroup;
import org.jmoe.intervention.RecordedRouting;
import org.jmoe.intervention.Replay;
import org.jmoe.intervention.ScaleOutput;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Progress;
import org.jmoe.io.arrow.ArrowTable;
import org.jmoe.layer.RoutingException;
import org.jmoe.tensor.Seed;
import org.jmoe.testing.Errors;
import org.jmoe.training.run.EvaluationData;
import org.jmoe.training.run.EvaluationSpec;
import org.jmoe.training.run.TinyRuns;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.ModelSpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Evaluations of a small model with interventions. */
final class HookedEvaluationTest {
  private static final String LAYER = "model/layers/1/moe";

  @TempDir Path folder = Path.of("");

  private final NDManager manager = NDManager.newBaseManager();
  private Path corpus = Path.of("");
  private @Nullable EvaluationData data;

  @BeforeEach
  void open() {
    corpus = TinyRuns.corpus(folder);
    data = EvaluationData.open(EvaluationSpec.all(TokenData.open(corpus), 16).withBatches(3), 256);
  }

  private LanguageModel model(int seed, int experts) {
    ModelSpec spec = TinyRuns.config(corpus, "model.moe.experts=" + experts).model();
    LanguageModel model = spec.build(Seed.of(seed).child("model"));
    model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
    return model;
  }

  private TokenLosses losses(LanguageModel model, HookedEvaluation.Hooks hooks) {
    return new HookedEvaluation(model, manager, requireNonNull(data)).run(hooks, Progress.none());
  }

  @AfterEach
  void close() {
    requireNonNull(data).close();
    manager.close();
  }

  @Test
  void ablatingAnExpertMattersIfItIsUsed() {
    LanguageModel model = model(1, 12);
    assertEquals(ImmutableMap.of(LAYER, 12), MoeLayers.of(model, manager));
    RoutingRecording.Recorder recorder = new RoutingRecording.Recorder();
    TokenLosses before = losses(model, recorder);
    assertEquals(before, losses(model, HookedEvaluation.none()));
    assertEquals(48, DomainEffect.of(before, before).get(0).tokens());
    boolean unused = false;
    for (int e = 0; e < 12; e++) {
      ScaleOutput ablation = new ScaleOutput(ExpertGroup.of(LAYER, e), 0);
      boolean used = uses(recorder.recording(), e);
      assertEquals(!used, before.equals(losses(model, input -> ablation)), "expert " + e);
      unused |= !used;
    }
    assertTrue(unused, "every expert was used, so the test is void");
  }

  private static boolean uses(RoutingRecording recording, int expert) {
    return recording.batches().stream()
        .anyMatch(b -> b.layers().values().stream().anyMatch(r -> r.choices().contains(expert)));
  }

  @ParameterizedTest
  @EnumSource
  void aRecordingReplaysToTheBit(Replay.Weights weights) {
    LanguageModel model = model(1, 4);
    RoutingRecording.Recorder recorder = new RoutingRecording.Recorder();
    TokenLosses before = losses(model, recorder);
    Path file = folder.resolve("choices.arrow");
    recorder.recording().write(file);
    RoutingRecording read = RoutingRecording.read(file);
    assertEquals(recorder.recording(), read);
    assertEquals(before, losses(model, read.replay(weights)));
    assertNotEquals(before, losses(model(2, 4), read.replay(weights)));
  }

  @Test
  void oneModelRoutesByTheChoicesOfAnother() {
    RoutingRecording.Recorder first = new RoutingRecording.Recorder();
    losses(model(1, 4), first);
    RoutingRecording.Recorder second = new RoutingRecording.Recorder();
    losses(model(2, 4), first.recording().replay(Replay.Weights.CURRENT).then(second));
    for (int b = 0; b < 3; b++) {
      RecordedRouting a = requireNonNull(first.recording().batches().get(b).layers().get(LAYER));
      RecordedRouting c = requireNonNull(second.recording().batches().get(b).layers().get(LAYER));
      assertEquals(a.choices(), c.choices());
      assertNotEquals(a.weights(), c.weights());
    }
  }

  @Test
  void recordingsOfOtherDataAreRejected() {
    LanguageModel model = model(1, 4);
    RoutingRecording.Recorder recorder = new RoutingRecording.Recorder();
    losses(model, recorder);
    RoutingRecording two = new RoutingRecording(recorder.recording().batches().subList(0, 2));
    RoutingRecording turned = new RoutingRecording(recorder.recording().batches().reverse());
    assertTrue(
        Errors.message(
                RoutingException.class, () -> losses(model, two.replay(Replay.Weights.RECORDED)))
            .contains("the recording has 2 batches"));
    assertTrue(
        Errors.message(
                RoutingException.class, () -> losses(model, turned.replay(Replay.Weights.RECORDED)))
            .contains("batch 0 has other tokens than the recording"));
  }

  /** A row is wrong in one of its columns, or missing. */
  @Test
  void faultyFilesNameTheRow() {
    RoutingRecording.Recorder recorder = new RoutingRecording.Recorder();
    losses(model(1, 4), recorder);
    Path file = folder.resolve("choices.arrow");
    recorder.recording().write(file);
    for (Object[] change :
        List.of(
            new Object[] {0, 7L},
            new Object[] {1, "elsewhere"},
            new Object[] {2, 9L},
            new Object[] {4, 1L},
            new Object[] {5, -2L},
            new Object[] {6, Double.NaN},
            new Object[] {-1, 0L})) {
      ArrowTable table = RoutingRecording.table();
      table.read(file);
      if ((int) change[0] < 0) {
        table.rows().remove(4);
      } else {
        table.rows().get(4)[(int) change[0]] = change[1];
      }
      Path faulty = folder.resolve("faulty.arrow");
      table.write(faulty);
      String message =
          Errors.message(DataFormatException.class, () -> RoutingRecording.read(faulty));
      assertTrue(message.contains("has a faulty row"), message);
    }
  }

  @Test
  void patchingFromItselfChangesNothing() {
    LanguageModel model = model(1, 4);
    ImmutableList<ExpertGroup> group = ImmutableList.of(ExpertGroup.of(LAYER, 0, 1, 2, 3));
    TokenLosses before = losses(model, HookedEvaluation.none());
    double own =
        DomainEffect.of(before, losses(model, new PatchSource(model, group))).get(0).difference();
    double other =
        DomainEffect.of(before, losses(model, new PatchSource(model(2, 4), group)))
            .get(0)
            .difference();
    assertEquals(0, own, 1e-6);
    assertTrue(Math.abs(other) > 1e-4, "difference " + other);
    String message =
        Errors.message(
            RoutingException.class, () -> losses(model, new PatchSource(model(2, 2), group)));
    assertTrue(message.contains("the other model has only 2 experts"), message);
  }

  @Test
  void bannedExpertsAreNotChosen() {
    RoutingRecording.Recorder recorder = new RoutingRecording.Recorder();
    HookedEvaluation.Hooks ban = input -> new Ban(ExpertGroup.of(LAYER, 1, 2));
    losses(model(1, 4), ban.then(recorder));
    assertTrue(uses(recorder.recording(), 0) && uses(recorder.recording(), 3));
    assertTrue(!uses(recorder.recording(), 1) && !uses(recorder.recording(), 2));
  }
}
