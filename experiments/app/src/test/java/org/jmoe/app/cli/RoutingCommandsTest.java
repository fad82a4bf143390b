package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jmoe.data.formats.Shared;
import org.jmoe.io.arrow.ArrowRead;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.controls.UniformRouter;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@code jmoe routing} and {@code jmoe trace} on runs and published checkpoints. */
final class RoutingCommandsTest {
  @TempDir Path folder = Path.of("");

  private Path data = Path.of("");

  @BeforeEach
  void writeData() {
    data = TinyRuns.corpus(folder);
  }

  private Path train(String name, String... changes) throws IOException {
    Path config = folder.resolve(name + ".json");
    Files.writeString(config, TinyRuns.json().text(TinyRuns.tree(data, TinyRuns.json(), changes)));
    Path out = folder.resolve(name);
    Run run = Run.of("train", config.toString(), "--out", out.toString());
    assertEquals(0, run.code(), run.err());
    return out;
  }

  private static void assertRejected(int code, String message, String... args) {
    Run run = Run.of(args);
    assertEquals(code, run.code(), run.out());
    assertTrue(run.err().contains(message), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertEquals("", run.out());
  }

  @Test
  void analyzesARun() throws IOException {
    Path run = train("two", "training.checkpoint.every=2", "training.checkpoint.keep=4");
    Run routing = Run.of("routing", run.toString());
    assertEquals(0, routing.code(), routing.err());
    for (String table :
        List.of("load:", "gate:", "specialisation:", "pairs of experts:", "stability over")) {
      assertTrue(routing.out().contains("\n" + table), table + " missing in " + routing.out());
    }
    assertTrue(routing.out().contains("layers/1/moe   domain"), routing.out());
    assertTrue(routing.out().contains("set --tokenizer"), routing.out());
    Path files = run.resolve("routing");
    assertEquals(
        Set.of(
            "layers.arrow",
            "experts.arrow",
            "served.arrow",
            "labels.arrow",
            "specialisation.arrow",
            "tokens.arrow",
            "contexts.arrow",
            "pairs.arrow",
            "overlaps.arrow",
            "stability.arrow",
            "domain.png",
            "domain.svg",
            "position.png",
            "position.svg",
            "coactivation.png",
            "coactivation.svg",
            "similarity.png",
            "similarity.svg"),
        names(files));
    assertEquals(List.of(2L), ArrowRead.column(files.resolve("stability.arrow"), "from"));
    assertEquals(List.of(4L), ArrowRead.column(files.resolve("stability.arrow"), "to"));
    // Different checkpoints give different results.
    Run first = Run.of("routing", run.toString(), "--checkpoint", "2", "--out", path("first"));
    assertEquals(0, first.code(), first.err());
    assertFalse(
        ArrowRead.column(files.resolve("layers.arrow"), "entropy")
            .equals(ArrowRead.column(folder.resolve("first").resolve("layers.arrow"), "entropy")));
    Run existing = Run.of("routing", run.toString(), "--checkpoint", "best");
    assertEquals(2, existing.code(), existing.out());
    assertTrue(existing.err().contains("is not empty"), existing.err());
    assertEquals(0, Run.of("routing", run.toString(), "--checkpoint", "best", "--force").code());
    assertRejected(
        2,
        "has no checkpoint of step 3; available steps are [2, 4]",
        "routing",
        run.toString(),
        "--checkpoint",
        "3");
    assertRejected(
        2,
        "give a step such as 100, or best",
        "trace",
        run.toString(),
        "--checkpoint",
        "x",
        "--text",
        "a",
        "--tokenizer",
        "bytes");
    assertRejected(2, "--batches must be at least 1", "routing", run.toString(), "--batches", "0");
    assertRejected(
        2,
        "has 256 ids, the model 16",
        "routing",
        run.toString(),
        "--tokenizer",
        "bytes",
        "--force");
  }

  /** Round-robin routing does not depend on the weights. */
  @Test
  void aRouterWithoutParametersIsStable() throws IOException {
    Path run =
        train(
            "turns",
            "training.checkpoint.every=2",
            "training.losses=[]",
            TinyRuns.router(new UniformRouter.Spec(1, false, Capacity.dropless())));
    assertEquals(0, Run.of("routing", run.toString()).code());
    Path file = run.resolve("routing").resolve("stability.arrow");
    assertEquals(List.of(1.0), ArrowRead.column(file, "keptChoices"));
    assertEquals(List.of(1.0), ArrowRead.column(file, "sameTokens"));
  }

  @Test
  void aModelWithoutExpertsHasNoRouting() throws IOException {
    Path run = train("dense", "model.moe=null", "training.losses=[]");
    assertRejected(2, "the model has no MoE layer", "routing", run.toString());
    Path ids = Files.writeString(folder.resolve("ids.json"), "[1, 2]");
    assertRejected(
        2, "the model has no MoE layer", "trace", run.toString(), "--ids", ids.toString());
  }

  @Test
  void writesATrace() throws IOException {
    Path run = train("traced");
    Path ids = Files.writeString(folder.resolve("ids.json"), "[1, 2, 3]");
    Run trace = Run.of("trace", run.toString(), "--ids", ids.toString(), "--out", path("trace"));
    assertEquals(0, trace.code(), trace.err());
    assertTrue(trace.out().startsWith("layers/1/moe: expert, weight, output share"), trace.out());
    assertEquals(Set.of("trace.arrow", "trace.dot", "trace.mmd"), names(folder.resolve("trace")));
    List<Object> shares = ArrowRead.column(folder.resolve("trace").resolve("trace.arrow"), "share");
    assertEquals(3, shares.stream().mapToDouble(s -> (Double) s).sum(), 1e-4);
    assertRejected(2, "Give one of --text TEXT and --ids", "trace", run.toString());
    assertRejected(2, "There is no file", "trace", run.toString(), "--ids", path("none"));
    assertRejected(
        2, "names no tokenizer for its model of 16", "trace", run.toString(), "--text", "a");
  }

  @Test
  void analyzesAPublishedCheckpoint() throws IOException {
    String model = Shared.path("fixtures/hf/mixtral").toString();
    Run routing =
        Run.of("routing", model, "--data", data.toString(), "--sequence", "16", "--batches", "20");
    assertEquals(0, routing.code(), routing.err());
    assertTrue(routing.out().contains("set --out to write them"), routing.out());
    assertTrue(routing.out().contains("layers/1/moe   position"), routing.out());
    assertRejected(2, "is a published checkpoint, which has no data of its own", "routing", model);
    assertRejected(2, "which has no step 1", "routing", model, "--checkpoint", "1");
    assertRejected(2, "names no tokenizer", "trace", model, "--text", "a");
    Path ids = Files.writeString(folder.resolve("ids.json"), "[[1, 2], [3, 4]]");
    Run trace = Run.of("trace", model, "--ids", ids.toString());
    assertEquals(0, trace.code(), trace.err());
    assertTrue(trace.out().contains("   1:1 #4"), trace.out());
  }

  @Test
  void emptyTextAndDataWithOneDomain() throws IOException {
    Files.writeString(folder.resolve("text.txt"), "all work and no play. ".repeat(200));
    Path text = folder.resolve("text.arrow");
    assertEquals(0, Run.of("data", "build", "--out", text.toString(), path("text.txt")).code());
    data = text;
    Path run = train("bytes", "model.vocabulary=256", "data.validation=0.2");
    assertRejected(2, "has no token", "trace", run.toString(), "--text", "");
    Run trace = Run.of("trace", run.toString(), "--text", "a b");
    assertTrue(trace.out().contains("     1 \" \""), trace.out());
    Run routing = Run.of("routing", run.toString());
    assertEquals(0, routing.code(), routing.err());
    assertTrue(routing.out().contains("fewer than two domains"), routing.out());
    assertTrue(routing.out().contains("layers/1/moe   token class"), routing.out());
    assertTrue(names(run.resolve("routing")).contains("token-class.png"));
    assertFalse(names(run.resolve("routing")).contains("domain.png"));
  }

  private static Set<String> names(Path files) throws IOException {
    try (var found = Files.list(files)) {
      return found.map(f -> f.getFileName().toString()).collect(Collectors.toSet());
    }
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }
}
