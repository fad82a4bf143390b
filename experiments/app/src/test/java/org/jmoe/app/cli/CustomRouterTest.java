package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trains with a custom router given as one Java file and opens its run in all commands. */
final class CustomRouterTest {
  private static final Path EXAMPLE =
      Path.of("src/main/java/org/jmoe/app/examples/TemperatureRouter.java");

  @TempDir Path folder = Path.of("");
  private Path file = Path.of("");
  private Path run = Path.of("");

  @BeforeEach
  void write() throws IOException {
    file = folder.resolve("TemperatureRouter.java");
    run = folder.resolve("run");
    Files.writeString(
        file, Files.readString(EXAMPLE).replaceFirst("package .*;", "package my.research;"));
    Files.writeString(folder.resolve("text.txt"), "all work and no play. ".repeat(200));
    ok("data", "build", "--out", folder.resolve("text.arrow").toString(), folder + "/text.txt");
    RunJson json = TinyRuns.json();
    Files.writeString(
        folder.resolve("tiny.json"),
        json.text(
            TinyRuns.tree(
                folder.resolve("text.arrow"),
                json,
                "model.vocabulary=256",
                "data.validation=0.2")));
  }

  private static Run ok(String... args) {
    Run ran = Run.of(args);
    assertEquals(0, ran.code(), ran.err());
    return ran;
  }

  private Run train(String... more) {
    List<String> args = new ArrayList<>(List.of("train", folder + "/tiny.json"));
    args.addAll(
        List.of(
            "--set",
            "model.moe.router={\"type\":\"TemperatureRouter\",\"k\":2,\"temperature\":0.5}",
            "--out",
            run.toString()));
    args.addAll(List.of(more));
    return Run.of(args.toArray(String[]::new));
  }

  @Test
  void trainsAndOpensInAllCommands() throws IOException {
    String extension = file.toString();
    assertEquals(0, train("--extend", extension).code());
    assertEquals(
        Files.readString(file), Files.readString(run.resolve("extensions/TemperatureRouter.java")));
    String folder = run.toString();
    String measured = ok("evaluate", folder, "--extend", extension).out();
    assertEquals(measured, ok("evaluate", folder, "--trust-run").out());
    ok("routing", folder, "--batches", "1", "--extend", extension);
    ok("trace", folder, "--text", "all", "--extend", extension);
    ok("generate", folder, "--prompt", "all", "--tokens", "3", "--extend", extension);
    ok("reproduce", folder, "--extend", extension);
    Files.delete(run.resolve("summary.json"));
    ok("train", "--resume", folder, "--extend", extension);
    Files.delete(run.resolve("summary.json"));
    Files.writeString(file, Files.readString(file) + "// changed\n");
    Run changed = Run.of("train", "--resume", folder, "--extend", extension);
    assertEquals(2, changed.code());
    assertTrue(changed.err().contains("extensions.TemperatureRouter.java: "), changed.err());
  }

  @Test
  void codeOfARunFolderIsExecutedOnRequestOnly() throws IOException {
    assertEquals(0, train("--extend", file.toString()).code());
    Run rejected = Run.of("evaluate", run.toString());
    assertEquals(2, rejected.code());
    assertEquals(1, rejected.err().lines().count());
    assertTrue(rejected.err().contains(".moe.router.type is TemperatureRouter"), rejected.err());
    assertTrue(
        rejected
            .err()
            .contains(
                "the run was trained with TemperatureRouter.java: load it with --extend, or use the"
                    + " copy in "
                    + run.resolve("extensions")
                    + " with --trust-run"),
        rejected.err());
    Path copy = run.resolve("extensions/TemperatureRouter.java");
    Files.writeString(copy, Files.readString(copy) + "// changed\n");
    Run changed = Run.of("evaluate", run.toString(), "--trust-run");
    assertEquals(2, changed.code());
    assertTrue(changed.err().contains("was changed since the run"), changed.err());
  }

  @Test
  void typeIsUnknownWithoutTheFile() {
    Run rejected = train();
    assertEquals(2, rejected.code());
    assertTrue(rejected.err().contains(".moe.router.type is TemperatureRouter"), rejected.err());
    assertTrue(Files.notExists(run));
  }
}
