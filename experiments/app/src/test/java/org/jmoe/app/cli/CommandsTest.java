package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jmoe.data.formats.TokenWriter;
import org.jmoe.io.Json;
import org.jmoe.training.config.Presets;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Runs the commands for training, evaluation and generation. */
final class CommandsTest {
  @TempDir Path folder = Path.of("");

  @BeforeEach
  void writeInputs() throws IOException {
    Path data = TinyRuns.corpus(folder);
    RunJson json = TinyRuns.json();
    String config = json.text(TinyRuns.tree(data, json));
    Files.writeString(folder.resolve("run.json"), config);
    Files.writeString(
        folder.resolve("misspelt.json"), config.replace("\"experts\"", "\"expertts\""));
    Files.writeString(folder.resolve("twice.json"), config.replace("{\n", "{ \"seed\" : 1,\n"));
    Files.writeString(folder.resolve("bad.arrow"), "ARROW1 followed by other bytes");
    Files.writeString(Files.createDirectory(folder.resolve("there")).resolve("thesis.tex"), "");
    try (TokenWriter writer = new TokenWriter(folder.resolve("empty.arrow"), false, Map.of())) {
      writer.finish(Map.of());
    }
    try (TokenWriter writer = new TokenWriter(folder.resolve("short.arrow"), false, Map.of())) {
      writer.add(new int[] {1, 2, 3}, "d", false);
      writer.finish(Map.of());
    }
    try (TokenWriter writer =
        new TokenWriter(folder.resolve("separator.arrow"), false, Map.of("jmoe.separator", "99"))) {
      writer.add(new int[200], "d", false);
      writer.finish(Map.of());
    }
  }

  @Test
  void bashCompletesCommandsAndOptions() throws IOException, InterruptedException {
    Run run = Run.of("completion", "bash");
    assertEquals(0, run.code(), run.err());
    Path script = Files.writeString(folder.resolve("jmoe.bash"), run.out());
    Process bash =
        new ProcessBuilder(
                "bash",
                "-c",
                "source '"
                    + script
                    + "'; COMP_WORDS=(jmoe ju); COMP_CWORD=1; _complete_jmoe; echo ${COMPREPLY[@]};"
                    + " COMP_WORDS=(jmoe train --pre); COMP_CWORD=2; _complete_jmoe;"
                    + " echo ${COMPREPLY[@]}")
            .redirectError(ProcessBuilder.Redirect.DISCARD) // compopt needs a terminal
            .start();
    String output = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals("jupyter\n--preset\n", output);
    assertEquals(0, bash.waitFor());
    assertTrue(Run.of("completion", "fisch").err().contains("fisch"));
  }

  @Test
  void everyOptionHasADescription() {
    for (CommandLine command : Main.commandLine().getSubcommands().values()) {
      String help = command.getUsageMessage();
      assertTrue(help.lines().count() > 4, help);
      command
          .getCommandSpec()
          .options()
          .forEach(
              option ->
                  assertTrue(option.description().length > 0, option + " has no description"));
      command
          .getCommandSpec()
          .positionalParameters()
          .forEach(each -> assertTrue(each.description().length > 0, each + " has no description"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2 | train --preset smok | did you mean 'smoke'?",
        "2 | presets smok | did you mean 'smoke'?",
        "2 | train {}/run.json --preset smoke | give one of them",
        "2 | train {}/none.json | does not exist",
        "2 | train {}/there | it is a folder",
        "2 | train {}/bad.arrow | bad.arrow: ",
        "2 | train {}/misspelt.json | unknown key 'model.layers[1].blocks[0].moe.expertts'; did you"
            + " mean 'experts'?",
        "2 | train {}/twice.json | Duplicate field 'seed'",
        "2 | train {}/run.json --set model.moe.expertss=2 | did you mean 'experts'?",
        "2 | train {}/run.json --set seed | has no value",
        "2 | train {}/run.json --set model.layers.0.repeat=two | must be an integer, not \"two\"",
        "2 | train {}/run.json --set model.moe.router.k=5 | k must be between 1 and experts = 4,"
            + " not 5",
        "2 | train {}/run.json --set model.moe.router.k=0 | not 0",
        "2 | train {}/run.json --set model.moe.experts=0 | experts must be at least 1, not 0",
        "2 | train {}/run.json --set model.moe.router.capacity.trainFactor=0 | must be above 0",
        "2 | train {}/run.json --set model.moe.router.capacity.trainFactor=-1 | must be above 0",
        "2 | train {}/run.json --set model.moe.router.capacity.trainFactor=NaN | not NaN",
        "2 | train {}/run.json --devices gpu:999 | device gpu:999 is unknown: the engine sees ",
        "2 | train {}/run.json --devices cpu:0,tpu:0 | 'tpu:0' is not a device",
        "2 | train {}/run.json --devices cpu:0,cpu:0 | device cpu:0 is listed twice",
        "2 | train {}/run.json --devices cpu:0,cpu:1,cpu:2 --replicas 2 | cannot be split into 2"
            + " equal groups",
        "2 | train {}/run.json --devices cpu:0,cpu:1 --replicas 2 | must divide"
            + " training.accumulation",
        "2 | train {}/run.json --replicas 2 | needs --devices",
        "2 | train {}/run.json --seed x | --seed",
        "2 | train {}/run.json --sed 1 | did you mean --se",
        "2 | train --lr 0.1 | Unknown option: '--lr', use --set training.optimizer.rate=VALUE; see",
        "2 | train --num_experts=8 | use --set model.moe.experts=VALUE; see jmoe train",
        "2 | train --frobnicate | Unknown option: '--frobnicate'; see jmoe train",
        "2 | trian | did you mean train?",
        "2 | train {}/run.json --data {}/empty.arrow | 0 tokens",
        "2 | train {}/run.json --data {}/short.arrow | but one window needs 17",
        "2 | train {}/run.json --data {}/separator.arrow | token ids up to 99",
        "2 | train {}/run.json --data {}/none.arrow | none.arrow",
        "1 | train {}/run.json --data {}/bad.arrow | bad.arrow",
        "1 | train {}/run.json --data {}/there | contains no token files",
        "2 | train {}/run.json --set model.vocabulary=8 | token ids up to 15, outside"
            + " model.vocabulary = 8",
        "2 | train {}/run.json --out {}/there | exists and is not a run; choose another --out",
        "2 | train {}/run.json --out {}/there --force | exists and is not a run",
        "2 | train {}/run.json --out {}/run.json | exists",
        "2 | evaluate {}/there | is neither a run nor a published checkpoint",
        "2 | evaluate {}/none | does not exist",
        "2 | evaluate {} | contains no checkpoint yet",
        "2 | evaluate {} --batches 0 | --batches must be at least 1",
        "2 | generate {} --prompt x | contains no checkpoint yet",
        "2 | generate {} | --prompt",
        "2 | generate {} --prompt x --top-p 2 | top-p must be",
        "2 | generate {} --prompt x --tokens 0 | --tokens must be at least 1",
      })
  void failuresAreOneSentence(int code, String line, String message) throws IOException {
    Set<Path> before = files();
    String arguments =
        line.contains("train {}") && !line.contains("--out") ? line + " --out {}/o" : line;
    Run run = Run.of(arguments.replace("{}", folder.toString()).split(" ", -1));
    assertEquals(code, run.code(), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().contains(message), run.err());
    assertTrue(run.err().matches("(?s).*[.?]\n"), run.err());
    assertFalse(run.err().contains("Exception"), run.err());
    assertEquals("", run.out());
    assertEquals(before, files(), "files were left behind");
  }

  @Test
  void trainsEvaluatesAndRejectsAnUnknownTokenizer() throws IOException {
    Path out = folder.resolve("out");
    Run train = Run.of("train", path("run.json"), "--out", out.toString());
    assertEquals(0, train.code(), train.err());
    assertTrue(train.out().contains("held-out loss: "), train.out());
    assertTrue(train.out().contains("layers/1/moe"), train.out());
    assertTrue(train.out().endsWith("results: " + out + "\n"), train.out());
    Run again = Run.of("train", path("run.json"), "--out", out.toString());
    assertEquals(2, again.code());
    JsonNode summary = Json.plain().readTree(out.resolve("summary.json").toFile());
    Run evaluate = Run.of("evaluate", out.toString(), "--json");
    assertEquals(
        summary.path("validationNats").asDouble(),
        Json.plain().readTree(evaluate.out()).path("nats").asDouble());
    Run other = Run.of("evaluate", out.toString(), "--data", path("tiny.arrow"));
    assertTrue(other.out().contains("over 4,208 tokens"), other.out());
    Run generate = Run.of("generate", out.toString(), "--prompt", "x");
    assertEquals(2, generate.code());
    assertTrue(
        generate.err().contains("names no tokenizer for its model of 16 ids"), generate.err());
    Run forced = Run.of("train", path("run.json"), "--out", out.toString(), "--force");
    assertEquals(0, forced.code(), forced.err());
  }

  @Test
  void generatesFromText() throws IOException {
    Files.writeString(folder.resolve("text.txt"), "all work and no play. ".repeat(200));
    Path data = folder.resolve("text.arrow");
    assertEquals(0, Run.of("data", "build", "--out", data.toString(), path("text.txt")).code());
    Path out = folder.resolve("out");
    Run train =
        Run.of(
            "train",
            path("run.json"),
            "--data",
            data.toString(),
            "--set",
            "model.vocabulary=256",
            "--set",
            "data.validation=0.2",
            "--out",
            out.toString());
    assertEquals(0, train.code(), train.err());
    assertTrue(train.out().contains("bits/byte"), train.out());
    String[] command = {"generate", out.toString(), "-p", "all", "--tokens", "30"};
    Run generate = Run.of(command);
    assertEquals(0, generate.code(), generate.err());
    assertTrue(generate.out().startsWith("all"), generate.out());
    assertEquals(generate.out(), Run.of(command).out());
    Run empty = Run.of("generate", out.toString(), "--prompt", "");
    assertEquals(2, empty.code());
    assertEquals("The prompt must have at least one token.\n", capital(empty.err()));
  }

  private static String capital(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }

  @Test
  void printsPresetsAsRunJson() {
    Run preset = Run.of("presets", "smoke");
    assertEquals(0, preset.code());
    RunJson json = RunJson.standard();
    assertEquals(json.text(json.write(Presets.named("smoke").config())), preset.out());
    assertTrue(Run.of("presets").out().lines().count() >= 3);
  }

  @Test
  void doctorSucceeds() {
    Run doctor = Run.of("doctor");
    assertEquals(0, doctor.code(), doctor.err());
    for (String row :
        new String[] {"java ", "djl ", "pytorch ", "threads ", "devices ", "arrow "}) {
      assertTrue(doctor.out().contains("\n" + row) || doctor.out().startsWith(row), doctor.out());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "train", "evaluate", "generate", "data", "presets", "doctor"})
  void everyCommandPrintsHelp(String command) {
    Run run = Run.of((command + " --help").strip().split(" ", -1));
    assertEquals(0, run.code());
    assertTrue(run.out().startsWith(("Usage: jmoe " + command).strip()), run.out());
    assertEquals("", run.err());
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  private Set<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return new TreeSet<>(files.toList());
    }
  }
}
