package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jmoe.io.ChildJvm;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Malformed versions of files that jmoe writes are rejected with a one-sentence message. */
final class HostileFilesTest {
  private static final String DEEP = "[".repeat(5000);

  @TempDir Path folder = Path.of("");
  private Path run = Path.of("");

  @BeforeEach
  void train() {
    RunConfig config = TinyRuns.config(TinyRuns.corpus(folder));
    run = folder.resolve("run");
    org.jmoe.training.run.Run.of(config).execute(run);
  }

  private Path copy() throws IOException {
    Path copy = Files.createDirectory(folder.resolve("copy"));
    for (String name : List.of("run.json", "summary.json", "provenance.json", "metrics.arrow")) {
      Files.copy(run.resolve(name), copy.resolve(name));
    }
    return copy;
  }

  private static void assertOneSentence(int code, Run result) {
    assertEquals(code, result.code(), result.err());
    assertEquals(1, result.err().lines().count(), result.err());
    assertTrue(result.err().endsWith(".\n") || result.err().endsWith("?\n"), result.err());
    for (String trace : List.of("Exception", "class ", "com.fasterxml", "java.", "at org.")) {
      assertFalse(result.err().contains(trace), result.err());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      value = {
        "''",
        "null",
        "[]",
        "7",
        "{}",
        "{\"validationNats\": null}",
        "{\"validationNats\": \"1\"}",
        "{\"validationNats\": [1]}",
        "{\"validationNats\": 1, \"validationNats\": 2}",
        "{\"validationNats\": 1, \"layers\": null}",
        "{\"steps\": 1e99}",
        "{\"layers\": {}}",
        "{\"validationNats\"",
        "deep"
      })
  void malformedSummariesAreErrors(String text) throws IOException {
    Path copy = copy();
    Files.writeString(copy.resolve("summary.json"), text.equals("deep") ? DEEP : text);
    for (List<String> line :
        List.of(
            List.of("compare", run.toString(), copy.toString()),
            List.of("plots", copy.toString()))) {
      Run result = Run.of(line.toArray(String[]::new));
      assertOneSentence(1, result);
      assertTrue(result.err().contains("summary.json"), result.err());
      assertEquals("", result.out());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"''", "null", "[]", "7", "{}", "{\"seed\": {}}", "deep"})
  void malformedConfigurationsAreRejected(String text) throws IOException {
    Path copy = copy();
    Files.writeString(copy.resolve("run.json"), text.equals("deep") ? DEEP : text);
    assertOneSentence(2, Run.of("evaluate", copy.toString()));
    assertOneSentence(2, Run.of("train", copy.resolve("run.json").toString()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"''", "null", "[]", "{}", "{\"name\": null}", "deep"})
  void malformedExperimentsAreErrors(String text) throws IOException {
    Path experiment = Files.createDirectory(folder.resolve("e"));
    Files.writeString(experiment.resolve("experiment.json"), text.equals("deep") ? DEEP : text);
    Run result = Run.of("experiment", "report", experiment.toString());
    assertOneSentence(1, result);
    assertTrue(result.err().contains("experiment.json"), result.err());
  }

  @Test
  void routeFailsOnAMalformedFile() throws IOException {
    Path file = Files.writeString(folder.resolve("route.json"), "{\"preset\": \"nope\"}");
    assertOneSentence(1, Run.of("route", file.toString()));
  }

  @Test
  void modelsThatDoNotFitAreRejectedImmediately() {
    assertTooLarge("model.layers.0.repeat=2147483647", "layers must be at most 65536");
    assertTooLarge("model.moe.experts=1000000000", "the run needs at least");
    assertTooLarge("training.batch=4000000", "lower training.batch");
  }

  private void assertTooLarge(String setting, String message) {
    String config = run.resolve("run.json").toString();
    Path out = folder.resolve("o");
    Run result =
        Run.of(
            "train",
            config,
            "--out",
            out.toString(),
            "--set",
            setting,
            "--set",
            "model.vocabulary=1000000");
    assertOneSentence(2, result);
    assertTrue(result.err().contains(message), result.err());
    assertFalse(Files.exists(out));
  }

  @Test
  void neverOverwritesWithoutForce() throws IOException {
    for (String command : List.of("upcycle --experts 2", "export")) {
      Path target = Files.createDirectory(folder.resolve(command.substring(0, 6)));
      Files.writeString(target.resolve("tokenizer.json"), "mine");
      String[] words = (command + " " + run + " " + target).split(" ");
      assertOneSentence(2, Run.of(words));
      assertEquals("mine", Files.readString(target.resolve("tokenizer.json")));
    }
    Path file = Files.writeString(folder.resolve("bench.json"), "mine");
    assertOneSentence(2, Run.of("bench", "--json", file.toString()));
    Path trace = Files.writeString(folder.resolve("trace.dot"), "mine");
    Files.writeString(folder.resolve("ids.json"), "{\"ids\": [[1, 2]]}");
    String ids = folder.resolve("ids.json").toString();
    assertOneSentence(2, Run.of("trace", run.toString(), "--ids", ids, "--out", folder.toString()));
    assertEquals("mine", Files.readString(trace));
    assertEquals("mine", Files.readString(file));
  }

  @Test
  void failsIfOutputIsLost() throws IOException, InterruptedException {
    Path errors = folder.resolve("errors");
    Process child =
        ChildJvm.builder(List.of(), Main.class, List.of(), "presets", "smoke")
            .redirectOutput(Path.of("/dev/full").toFile())
            .redirectError(errors.toFile())
            .start();
    assertTrue(child.waitFor(60, TimeUnit.SECONDS));
    assertEquals(1, child.exitValue());
    assertEquals(
        "Not all output was written: the standard output is full or closed.\n",
        Files.readString(errors));
  }

  @Test
  void escapesControlSequencesInFileNames() throws IOException, InterruptedException {
    Path errors = folder.resolve("errors");
    Process child =
        ChildJvm.start(errors, Main.class, "evaluate", folder + "/\u001b]0;mine\u0007é");
    assertTrue(child.waitFor(60, TimeUnit.SECONDS));
    String shown = Files.readString(errors, StandardCharsets.UTF_8);
    assertTrue(shown.contains("\\u001b]0;mine\\u0007"), shown);
    assertFalse(shown.contains("\u001b"), shown);
  }
}
