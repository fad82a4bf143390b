package org.jmoe.training.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.experts.MoeExperts;
import org.jmoe.io.Json;
import org.jmoe.io.Progress;
import org.jmoe.io.arrow.ArrowRead;
import org.jmoe.layer.MoeLayer;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.training.DivergedException;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.LayerSummary;
import org.jmoe.training.results.MetricsReader;
import org.jmoe.training.results.MetricsRow;
import org.jmoe.training.results.Summary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RunTest {
  @TempDir Path folder = Path.of("");

  @Test
  void writesAllFiles() throws IOException {
    Summary summary = execute("run");
    Path run = folder.resolve("run");
    assertEquals(
        Set.of(
            "run.json",
            "provenance.json",
            "summary.json",
            "metrics.arrow",
            "metrics.jsonl",
            "routing.arrow",
            "checkpoints/step-4/manifest.json",
            "checkpoints/step-4/metrics.arrow",
            "checkpoints/step-4/model.safetensors",
            "checkpoints/step-4/optimizer.safetensors",
            "checkpoints/step-4/routing.arrow",
            "checkpoints/step-4/run.json",
            "checkpoints/step-4/state.json"),
        files(run));
    JsonNode json = read(run.resolve("summary.json"));
    Set<String> keys = new TreeSet<>();
    json.fieldNames().forEachRemaining(keys::add);
    assertTrue(
        keys.containsAll(
            List.of(
                "validationNats",
                "bitsPerByte",
                "tokensPerSecond",
                "totalParameters",
                "activeParameters",
                "loadCv",
                "droppedShare",
                "peakRssBytes",
                "seconds",
                "layers")),
        keys.toString());
    assertEquals(summary.validationNats(), json.path("validationNats").asDouble());
    assertEquals(4 * 4 * 16, json.path("tokens").asLong());
    assertTrue(json.path("tokensPerSecond").asDouble() > 0);
    assertTrue(json.path("totalParameters").asLong() > json.path("activeParameters").asLong());
    for (String name : List.of("commit", "dirty")) {
      assertTrue(read(run.resolve("provenance.json")).path("code").has(name), name);
    }
    assertEquals(64, read(run.resolve("provenance.json")).path("dataSha256").asText().length());
  }

  @Test
  void summarizesExpertLoadPerDomain() throws IOException {
    execute("run");
    JsonNode layers = read(folder.resolve("run/summary.json")).path("layers");
    assertEquals(1, layers.size());
    JsonNode layer = layers.get(0);
    assertEquals("model/layers/1/moe", layer.path("layer").asText());
    assertEquals(4, layer.path("load").size());
    assertEquals(1, sum(layer.path("load")), 1e-12);
    assertEquals(2, layer.path("domains").size());
    layer.path("domains").forEach(shares -> assertEquals(1, sum(shares), 1e-12));
  }

  private static double sum(JsonNode numbers) {
    double sum = 0;
    for (JsonNode number : numbers) {
      sum += number.asDouble();
    }
    return sum;
  }

  @Test
  void recordsEveryStep() {
    execute("run");
    Path metrics = folder.resolve("run/metrics.arrow");
    assertEquals(
        List.of("train", "train", "validation", "train", "train", "validation"),
        ArrowRead.column(metrics, "split"));
    assertEquals(List.of(1L, 2L, 2L, 3L, 4L, 4L), ArrowRead.column(metrics, "step"));
    assertEquals(
        List.of("SwitchBalance", "RouterZ"),
        ArrowRead.columns(metrics).keySet().stream().skip(7).toList());
    Path routing = folder.resolve("run/routing.arrow");
    assertEquals(4 * 4, ArrowRead.column(routing, "expert").size());
    long choices = ArrowRead.column(routing, "choices").stream().mapToLong(c -> (Long) c).sum();
    assertEquals(4 * 2 * 4 * 16, choices);
  }

  @Test
  void metricsLogMatchesTheTable() {
    execute("run");
    List<MetricsRow> rows = new ArrayList<>();
    new MetricsReader(folder.resolve("run/metrics.jsonl")).read(rows::add);
    Path metrics = folder.resolve("run/metrics.arrow");
    assertEquals(
        ArrowRead.column(metrics, "split"),
        rows.stream().map(r -> r.kind() == MetricsRow.Kind.STEP ? "train" : "validation").toList());
    assertEquals(
        ArrowRead.column(metrics, "step"), rows.stream().<Object>map(MetricsRow::step).toList());
    assertEquals(
        ArrowRead.column(metrics, "tokens"),
        rows.stream().<Object>map(MetricsRow::tokens).toList());
    assertEquals(
        ArrowRead.column(metrics, "nats"), rows.stream().<Object>map(MetricsRow::nats).toList());
    MetricsRow first = rows.get(0);
    assertEquals(ArrowRead.column(metrics, "rate").get(0), first.learningRate());
    assertEquals(ArrowRead.column(metrics, "gradientNorm").get(0), first.gradientNorm());
    assertEquals(ArrowRead.column(metrics, "RouterZ").get(0), first.losses().get("RouterZ"));
    assertEquals(
        ArrowRead.column(folder.resolve("run/routing.arrow"), "choices").subList(0, 4),
        first.choices().get("model/layers/1/moe"));
    assertTrue(first.tokensPerSecond() != null && first.tokensPerSecond() > 0);
    assertEquals(Set.of("model/layers/1/moe"), rows.get(2).maxOverMean().keySet());
  }

  @Test
  void configurationReproducesTheRun() {
    Summary summary = execute("run");
    RunJson json = TinyRuns.json();
    RunConfig config = json.read(json.parse(folder.resolve("run/run.json")));
    Summary again = new Run(config, json).execute(folder.resolve("again"), false, Progress.none());
    assertEquals(summary.validationNats(), again.validationNats());
    assertEquals(summary.layers(), again.layers());
  }

  @Test
  void savedModelHasTheLossOfTheSummary() {
    Summary summary = execute("run");
    try (LoadedRun run = LoadedRun.open(folder.resolve("run"), TinyRuns.json())) {
      HeldOutMetrics measured = HeldOutMetrics.of(run, run.evaluation(null));
      assertEquals(summary.validationNats(), measured.nats());
      assertEquals(summary.validationTokens(), measured.tokens());
      assertEquals(summary.bitsPerByte(), measured.bitsPerByte());
      assertEquals(summary.layers(), measured.layers());
    }
  }

  @Test
  void denseRunHasNoLoads() {
    Summary summary = execute("run", "model.moe=null", "training.losses=[]");
    assertEquals(List.of(), summary.layers());
    assertEquals(summary.totalParameters(), summary.activeParameters());
  }

  /** Layers inside experts see only some tokens, so their domains are unknown. */
  @Test
  void hierarchicalExperts() {
    MoeLayer.Spec inner =
        new MoeLayer.Spec(2, TopKRouter.Spec.of(1), FeedForwardExperts.Spec.swiglu(8));
    RunConfig tiny = TinyRuns.config(TinyRuns.corpus(folder));
    MoeLayer.Spec outer = new MoeLayer.Spec(2, TopKRouter.Spec.of(1), new MoeExperts.Spec(inner));
    Summary summary =
        Run.of(tiny.withModel(tiny.model().withMoe(outer))).execute(folder.resolve("deep"));
    assertEquals(3, summary.layers().size());
    for (LayerSummary layer : summary.layers()) {
      boolean outermost = layer.layer().equals("model/layers/1/moe");
      assertEquals(outermost ? 2 : 0, layer.domains().size(), layer.layer());
      assertEquals(1, layer.load().stream().mapToDouble(d -> d).sum(), 1e-12);
    }
  }

  @Test
  void throughputExcludesEvaluation() {
    Summary summary = execute("run", "training.evaluateEvery=1", "training.evaluationBatches=500");
    assertTrue(summary.tokensPerSecond() > 1.5 * summary.tokens() / summary.seconds());
  }

  @Test
  void failureInTheFirstStepLeavesNoFiles() {
    String huge = "training.losses.1.coefficient=1e300";
    assertThrows(DivergedException.class, () -> execute("run", huge));
    assertFalse(Files.exists(folder.resolve("run")));
  }

  @Test
  void failedRunKeepsItsMetrics() throws IOException {
    assertThrows(
        DivergedException.class,
        () ->
            execute(
                "run",
                "model.moe=null",
                "training.losses=[]",
                "training.schedule.warmup=0",
                "training.optimizer.rate=1e30",
                "training.steps=20"));
    assertEquals(
        Set.of("run.json", "provenance.json", "metrics.arrow", "metrics.jsonl", "routing.arrow"),
        files(folder.resolve("run")));
    assertNotEquals(0, ArrowRead.column(folder.resolve("run/metrics.arrow"), "nats").size());
  }

  private Summary execute(String name, String... changes) {
    return new Run(TinyRuns.config(TinyRuns.corpus(folder), changes), TinyRuns.json())
        .execute(folder.resolve(name), false, Progress.none());
  }

  private static JsonNode read(Path file) throws IOException {
    return Json.plain().readTree(file.toFile());
  }

  private static Set<String> files(Path run) throws IOException {
    try (Stream<Path> files = Files.walk(run)) {
      return files
          .filter(Files::isRegularFile)
          .map(f -> run.relativize(f).toString())
          .collect(Collectors.toSet());
    }
  }
}
