package org.jmoe.training.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.arrow.ArrowRead;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Groups;
import org.jmoe.routing.adaptive.ReluRouter;
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.routing.biased.ExpertThresholdRouter;
import org.jmoe.routing.topk.NoisyTopKRouter;
import org.jmoe.testing.Errors;
import org.jmoe.training.StepReport;
import org.jmoe.training.StoppedException;
import org.jmoe.training.TrainingListener;
import org.jmoe.training.checkpoint.CheckpointStore;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.evaluation.Evaluation;
import org.jmoe.training.optimizer.Muon;
import org.jmoe.training.results.MetricsReader;
import org.jmoe.training.results.RunDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A resumed run is bit-identical to an uninterrupted one. */
public final class ResumeTest {
  @TempDir Path folder = Path.of("");

  static Stream<Arguments> configurations() {
    String dropout = "model.dropout=0.2";
    String steps = "training.steps=12";
    return Stream.of(
        Arguments.of("bias balancing", List.of(steps, dropout, bias())),
        Arguments.of(
            "noisy, accumulated", List.of(steps, dropout, "training.accumulation=2", noisy())),
        Arguments.of("coefficient that all layers share", List.of(steps, relu(), L1)),
        Arguments.of("cutoffs by a moving average", List.of(steps, dropout, threshold())),
        Arguments.of(
            "batch ramp, sequence warm-up",
            List.of(
                steps,
                "training.accumulation=4",
                "training.batchRamp={\"from\":1,\"steps\":7}",
                "training.sequenceWarmup={\"from\":4,\"steps\":8}")),
        Arguments.of("mixed domains", List.of(steps, MIX, "training.accumulation=2")),
        Arguments.of(
            "dense, odd evaluations",
            List.of(steps, "model.moe=null", "training.losses=[]", "training.evaluateEvery=5")),
        Arguments.of(
            "Muon, WSD, output z-loss, EMA",
            List.of(
                steps,
                WSD,
                "training.outputZLoss=0.01",
                "training.ema=0.9",
                "training.optimizer=" + muon())));
  }

  private static final String WSD =
      "training.schedule={\"type\":\"WarmupStableDecay\",\"warmup\":2,\"decay\":0.5,"
          + "\"shape\":\"SQRT\",\"floor\":0}";

  private static final String L1 =
      "training.losses=[{\"loss\":{\"type\":\"AdaptiveL1\"},\"coefficient\":1}]";

  /** Domains of {@link TinyRuns#corpus}. */
  private static final String MIX = "data.mix={\"domain-0\":1,\"domain-1\":2.5}";

  private static JsonNode muon() {
    return TinyRuns.json().tree(Muon.Spec.of(0.01));
  }

  private static String relu() {
    return TinyRuns.router(new ReluRouter.Spec(1, 0.1, 1.2, Capacity.dropless()));
  }

  private static String threshold() {
    return TinyRuns.router(new ExpertThresholdRouter.Spec(1, 0.9, 0, Capacity.dropless()));
  }

  private static String bias() {
    return TinyRuns.router(
        new DeepSeekV3Router.Spec(2, Groups.none(), true, 1, 0.01, Capacity.dropless()));
  }

  private static String noisy() {
    return TinyRuns.router(NoisyTopKRouter.Spec.of(2));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("configurations")
  void resumesBitExactly(String name, List<String> changes) throws IOException {
    RunConfig config = config(changes);
    Path uninterrupted = folder.resolve("uninterrupted");
    Path resumed = folder.resolve("resumed");
    Run.of(config).execute(uninterrupted);
    // Three executions: the first fails at step 5, after the checkpoint of step 4; the second is
    // stopped.
    assertThrows(Abandoned.class, () -> Run.of(config).execute(resumed, new Abandon(5)));
    Messages messages = new Messages();
    Abandon stop = new Abandon(9);
    assertThrows(
        StoppedException.class,
        () ->
            Run.of(config)
                .execute(
                    resumed,
                    Execution.plain().withStop(() -> stop.reached),
                    messages,
                    stop.late()));
    assertEquals(1, messages.all.size(), messages.all.toString());
    assertTrue(
        messages.all.get(0).startsWith("resuming from step 4, saved in "), messages.all.get(0));
    Run.of(config).execute(resumed, messages);
    assertTrue(
        messages.all.get(1).startsWith("resuming from step 9, saved in "), messages.all.get(1));
    assertSameRun(uninterrupted, resumed);
  }

  private static Path newest(Path run) {
    return new CheckpointStore(run.resolve("checkpoints"))
        .newest(sentence -> {})
        .orElseThrow()
        .folder();
  }

  /** Compares all results except the elapsed time. */
  public static void assertSameRun(Path expected, Path found) throws IOException {
    for (String table : List.of("metrics.arrow", "routing.arrow")) {
      Map<String, List<Object>> a = ArrowRead.columns(expected.resolve(table));
      Map<String, List<Object>> b = ArrowRead.columns(found.resolve(table));
      a.remove("seconds");
      b.remove("seconds");
      assertEquals(a, b, table);
    }
    assertEquals(rows(expected), rows(found), "metrics.jsonl");
    Path last = newest(expected);
    for (String file :
        List.of("model.safetensors", "optimizer.safetensors", "state.json", "run.json")) {
      Path other = newest(found).resolve(file);
      assertArrayEquals(Files.readAllBytes(last.resolve(file)), Files.readAllBytes(other), file);
    }
    if (Files.exists(last.resolve(RunCheckpoints.EMA))) {
      Path other = newest(found).resolve(RunCheckpoints.EMA);
      assertArrayEquals(
          Files.readAllBytes(last.resolve(RunCheckpoints.EMA)), Files.readAllBytes(other));
    }
  }

  /** Returns the lines of the log without durations. */
  private static List<String> rows(Path run) {
    List<String> rows = new ArrayList<>();
    new MetricsReader(new RunDirectory(run).metricsLog())
        .read(
            row ->
                rows.add(
                    "%s %d %d %s %s %s %s %s %s"
                        .formatted(
                            row.kind(),
                            row.step(),
                            row.tokens(),
                            row.nats(),
                            row.gradientNorm(),
                            row.learningRate(),
                            row.losses(),
                            row.maxOverMean(),
                            row.choices())));
    return rows;
  }

  @Test
  void malformedLogIsReportedOnResume() throws IOException {
    RunConfig config = config(List.of());
    Path out = folder.resolve("out");
    assertThrows(Abandoned.class, () -> Run.of(config).execute(out, new Abandon(3)));
    Path log = out.resolve("metrics.jsonl");
    Files.writeString(log, Files.readString(log).replaceFirst("\"step\":1", "\"step\":x"));
    String message = Errors.message(DataFormatException.class, () -> Run.of(config).execute(out));
    assertTrue(message.startsWith(log + " line 1 is malformed: Unrecognized token"), message);
    Files.delete(log);
    Run.of(config).execute(out);
    assertTrue(Files.readString(log).startsWith("{\"kind\":\"step\",\"step\":3,"));
  }

  @Test
  void changedConfigurationIsNotResumed() {
    Path out = folder.resolve("out");
    assertThrows(Abandoned.class, () -> Run.of(config(List.of())).execute(out, new Abandon(3)));
    String message =
        Errors.message(
            ConfigException.class,
            () -> Run.of(config(List.of("training.optimizer.rate=0.5"))).execute(out));
    assertTrue(message.contains("(training.optimizer.rate: 0.01 before, 0.5 now)"), message);
  }

  @Test
  void changedDataAreNotResumed() throws IOException {
    Path out = folder.resolve("out");
    RunConfig config = config(List.of());
    assertThrows(Abandoned.class, () -> Run.of(config).execute(out, new Abandon(3)));
    Path provenance = out.resolve("provenance.json");
    Files.writeString(
        provenance,
        Files.readString(provenance).replaceAll("\"dataSha256\" : \"..", "\"dataSha256\" : \"zz"));
    String message = Errors.message(ConfigException.class, () -> Run.of(config).execute(out));
    assertTrue(message.contains("dataSha256: \"zz"), message);
    Run.of(config).execute(out, Execution.plain().withAcceptChanges(true));
    assertTrue(Files.exists(out.resolve("summary.json")));
  }

  @Test
  void corruptCheckpointIsSkipped() throws IOException {
    RunConfig config = config(List.of("training.steps=6"));
    Path uninterrupted = folder.resolve("uninterrupted");
    Path out = folder.resolve("out");
    Run.of(config).execute(uninterrupted);
    assertThrows(Abandoned.class, () -> Run.of(config).execute(out, new Abandon(5)));
    Path model = out.resolve("checkpoints/step-4/model.safetensors");
    byte[] bytes = Files.readAllBytes(model);
    bytes[bytes.length / 2] ^= 1;
    Files.write(model, bytes);
    Messages messages = new Messages();
    Run.of(config).execute(out, messages);
    assertTrue(
        messages.all.get(0).startsWith("skipping invalid checkpoint "), messages.all.toString());
    assertTrue(messages.all.get(0).contains("has SHA-256"), messages.all.toString());
    assertTrue(messages.all.get(1).startsWith("resuming from step 2"), messages.all.toString());
    assertSameRun(uninterrupted, out);
    assertTrue(Files.isDirectory(out.resolve("checkpoints/step-4.broken")));
  }

  @Test
  void finishedRunIsRejected() {
    Path out = folder.resolve("out");
    RunConfig config = config(List.of());
    Run.of(config).execute(out);
    String message = Errors.message(ConfigException.class, () -> Run.of(config).execute(out));
    assertTrue(message.contains("exists; choose another --out"), message);
  }

  @Test
  void newestAndBestCheckpointsAreKept() throws IOException {
    Path out = folder.resolve("out");
    RunConfig config = config(List.of("training.steps=10"));
    Run.of(config).execute(out);
    try (Stream<Path> folders = Files.list(out.resolve("checkpoints"))) {
      List<String> names = folders.map(f -> f.getFileName().toString()).sorted().toList();
      assertTrue(names.containsAll(List.of("step-10", "step-8")), names.toString());
      assertTrue(names.size() <= 3, names.toString());
    }
  }

  private RunConfig config(List<String> changes) {
    List<String> all = new ArrayList<>(changes);
    all.add("training.checkpoint.every=2");
    return TinyRuns.config(TinyRuns.corpus(folder), all.toArray(String[]::new));
  }

  private static final class Abandoned extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** Throws after a step, or records that it was reached. */
  private static final class Abandon implements TrainingListener {
    private final int after;
    private boolean reached;

    Abandon(int after) {
      this.after = after;
    }

    @Override
    public void stepped(StepReport report) {
      if (report.step() + 1 == after) {
        assertFalse(reached);
        throw new Abandoned();
      }
    }

    TrainingListener late() {
      return new TrainingListener() {
        @Override
        public void stepped(StepReport report) {
          reached = report.step() + 1 == after;
        }

        @Override
        public void evaluated(long step, Evaluation evaluation) {}
      };
    }

    @Override
    public void evaluated(long step, Evaluation evaluation) {}
  }

  /** Collects messages for the user. */
  static final class Messages implements TrainingListener {
    final List<String> all = new ArrayList<>();

    @Override
    public void stepped(StepReport report) {}

    @Override
    public void evaluated(long step, Evaluation evaluation) {}

    @Override
    public void message(String sentence) {
      all.add(sentence);
    }
  }
}
