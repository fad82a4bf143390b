package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.primitives.Doubles;
import java.io.IOException;
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

/** A model family from a project outside jmoe, as a single file and as a jar. */
final class CustomFamilyTest {
  private static final Path EXAMPLE = Path.of("src/main/java/org/jmoe/app/examples/PlainMoe.java");

  private static final String LIST =
      """
      package my.research;

      import org.jmoe.extension.*;
      import org.jmoe.models.family.ModelFamily;

      public final class MyExtension implements Extension {
        @Override
        public void contribute(Extensions.Builder to) {
          to.value(ModelFamily.class, new PlainMoe());
        }
      }
      """;

  @TempDir Path folder = Path.of("");
  private String source = "";
  private String run = "";
  private String data = "";

  @BeforeEach
  void train() throws IOException {
    Path file = Files.createDirectories(folder.resolve("src")).resolve("PlainMoe.java");
    Files.writeString(
        file, Files.readString(EXAMPLE).replaceFirst("package .*;", "package my.research;"));
    source = file.toString();
    data = TinyRuns.corpus(folder).toString();
    RunJson json = TinyRuns.json();
    Path config = folder.resolve("tiny.json");
    Files.writeString(
        config,
        json.text(
            TinyRuns.tree(
                Path.of(data),
                json,
                TinyRuns.moeEverywhere(),
                "model.moe.router.normalise=false")));
    run = at("run");
    ok("train", config.toString(), "--out", run);
  }

  private static Run ok(String... args) {
    Run ran = Run.of(args);
    assertEquals(0, ran.code(), ran.err());
    return ran;
  }

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  @Test
  void aRunIsExportedAsTheFamilyAndOpened() throws IOException {
    String target = at("exported");
    Run none = Run.of("export", run, target);
    assertEquals(2, none.code());
    assertTrue(none.err().contains("would change layer 0: moe.router.normalise"), none.err());
    ok("export", run, target, "--extend", source);
    String inspected = ok("inspect", target, "--extend", source).out();
    assertTrue(inspected.contains("plain_moe"), inspected);
    assertEquals(nats(run, source), nats(target, source), 1e-5);
    Run unknown = Run.of("inspect", target);
    assertEquals(1, unknown.code());
    assertTrue(unknown.err().contains("families added with --extend"), unknown.err());
  }

  @Test
  void aJarAddsTheFamilyToSurgery() throws IOException {
    String jar = packed().toString();
    String target = at("exported");
    ok("export", run, target, "--family", "plain_moe", "--extend", jar);
    String split = at("split");
    ok("split", target, split, "--parts", "2", "--extend", jar);
    JsonNode config = Json.parse(Path.of(split, "config.json"));
    assertEquals(8, config.get("num_experts").asInt());
    assertEquals(4, config.get("num_experts_per_tok").asInt());
    assertArrayEquals(logits(target, jar), logits(split, jar), 1e-5);
  }

  /** Returns the held-out loss of a run or checkpoint. */
  private double nats(String model, String extend) throws IOException {
    Run evaluated =
        ok("evaluate", model, "--data", data, "--batches", "1000", "--json", "--extend", extend);
    return Json.plain().readTree(evaluated.out()).get("nats").asDouble();
  }

  /** Returns the logits (S V) of three tokens. */
  private double[] logits(String model, String extend) throws IOException {
    Path ids = folder.resolve("ids.json");
    Files.writeString(ids, "{\"ids\": [[3, 1, 2]]}");
    Run printed = ok("logits", model, "--ids", ids.toString(), "--extend", extend);
    List<Double> numbers = new ArrayList<>();
    for (JsonNode row : Json.plain().readTree(printed.out()).get("logits").get(0)) {
      row.forEach(number -> numbers.add(number.asDouble()));
    }
    return Doubles.toArray(numbers);
  }

  private Path packed() throws IOException {
    Path list = folder.resolve("src/MyExtension.java");
    Files.writeString(list, LIST);
    Path classes =
        OutsideProject.compile(List.of(source, list.toString()), folder.resolve("classes"));
    Path services = Files.createDirectories(classes.resolve("META-INF/services"));
    Files.writeString(
        services.resolve("org.jmoe.extension.Extension"), "my.research.MyExtension\n");
    Path jar = folder.resolve("mine.jar");
    OutsideProject.pack(classes, jar);
    return jar;
  }
}
