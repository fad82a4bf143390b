package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.io.Json;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The guide's optimizer as one Java file: it trains, resumes, repeats and is sharded. */
final class CustomOptimizerTest {
  private static final Path GUIDE = Path.of("src/main/java/org/jmoe/app/examples/Lion.java");
  private static final int STEPS = 4; // of a tiny run
  private static final String LION =
      "{\"type\":\"Lion\",\"rate\":0.002,\"beta1\":0.9,\"beta2\":0.99,\"decay\":0.1,\"clip\":1.0}";

  @TempDir Path folder = Path.of("");
  private Path file = Path.of("");

  @BeforeEach
  void write() throws IOException {
    file = folder.resolve("Lion.java");
    Files.writeString(
        file, Files.readString(GUIDE).replaceFirst("package .*;", "package my.research;"));
    RunJson json = TinyRuns.json();
    Files.writeString(
        folder.resolve("tiny.json"),
        json.text(TinyRuns.tree(TinyRuns.corpus(folder), json, "training.checkpoint.every=2")));
  }

  private Path train(String name, String... more) {
    Path run = folder.resolve(name);
    List<String> args =
        new ArrayList<>(
            List.of(
                "train",
                folder + "/tiny.json",
                "--set",
                "training.optimizer=" + LION,
                "--extend",
                file.toString(),
                "--out",
                run.toString()));
    args.addAll(List.of(more));
    ok(args.toArray(String[]::new));
    return run;
  }

  private static Run ok(String... args) {
    Run ran = Run.of(args);
    assertEquals(0, ran.code(), ran.err());
    return ran;
  }

  /** Returns the weights and the optimizer state of the last checkpoint. */
  private static List<byte[]> last(Path run, int step) throws IOException {
    Path checkpoint = run.resolve("checkpoints/step-" + step);
    return List.of(
        Files.readAllBytes(checkpoint.resolve("model.safetensors")),
        Files.readAllBytes(checkpoint.resolve("optimizer.safetensors")));
  }

  private static void assertSame(List<byte[]> expected, List<byte[]> actual) {
    assertArrayEquals(expected.get(0), actual.get(0), "weights");
    assertArrayEquals(expected.get(1), actual.get(1), "optimizer state");
  }

  @Test
  void trainsResumesAndRepeatsBitExactly() throws IOException {
    Path run = train("run");
    assertTrue(Files.readString(run.resolve("run.json")).contains("\"type\" : \"Lion\""));
    List<byte[]> end = last(run, STEPS);
    String header = new String(end.get(1), StandardCharsets.ISO_8859_1);
    assertTrue(header.contains("/gate.momentum\""), "the state has the names of the optimizer");
    ok("reproduce", run.toString(), "--extend", file.toString());
    Files.delete(run.resolve("summary.json"));
    MoreFiles.deleteRecursively(
        run.resolve("checkpoints/step-" + STEPS), RecursiveDeleteOption.ALLOW_INSECURE);
    ok("train", "--resume", run.toString(), "--extend", file.toString());
    assertSame(end, last(run, STEPS));
  }

  @Test
  void aScheduleIsOneFileToo() throws IOException {
    Files.writeString(
        folder.resolve("Halving.java"),
        """
        /** Halves the rate every n steps. */
        public record Halving(int n) implements org.jmoe.training.optimizer.Schedule {
          @Override
          public double at(long step, long steps) {
            return Math.pow(2, -(step / n));
          }
        }
        """);
    String own = folder.resolve("Halving.java").toString();
    String schedule = "training.schedule={\"type\":\"Halving\",\"n\":2}";
    Path run = train("run", "--set", schedule, "--extend", own);
    List<Double> rates = new ArrayList<>();
    for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
      JsonNode row = Json.plain().readTree(line);
      if (row.path("learningRate").isNumber()) {
        rates.add(row.get("learningRate").doubleValue());
      }
    }
    assertEquals(List.of(0.002, 0.002, 0.001, 0.001), rates);
  }

  @Test
  void shardsGiveTheSameFiles() throws IOException {
    Path one = train("one");
    Path two = train("two", "--devices", "cpu:0,cpu:1");
    assertSame(last(one, STEPS), last(two, STEPS));
  }

  @Test
  void withoutTheFileTheTypeIsUnknown() {
    Run refused =
        Run.of(
            "train",
            folder + "/tiny.json",
            "--set",
            "training.optimizer=" + LION,
            "--out",
            folder.resolve("none").toString());
    assertEquals(2, refused.code());
    assertTrue(
        refused.err().contains("training.optimizer.type is Lion; valid types are AdamW"),
        refused.err());
  }
}
