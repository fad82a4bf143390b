package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Adds a router, a loss and an experiment from a project outside jmoe. */
final class OutsideProjectTest {
  private static final Path EXAMPLES = Path.of("src/main/java/org/jmoe/app/examples");
  private static final String LIST =
      """
      package my.research;

      import com.google.common.collect.ImmutableMap;
      import org.jmoe.catalog.engine.Experiment;
      import org.jmoe.extension.*;
      import org.jmoe.layer.*;
      import org.jmoe.routing.preset.*;

      public final class MyExtension implements Extension {
        @Override
        public void contribute(Extensions.Builder to) {
          to.type(RouterSpec.class, TemperatureRouter.Spec.class);
          to.type(AuxLoss.class, MeanEntropy.class);
          to.value(Experiment.class, new Temperatures());
          to.value(LossPreset.class, new LossPreset("mean-entropy", new MeanEntropy()));
          to.value(
              RouterPreset.class,
              RouterPreset.of(
                  "temperature",
                  "nobody",
                  ImmutableMap.of(PresetField.K, 1.0),
                  (values, capacity) -> new TemperatureRouter.Spec(values.k(), 0.5)));
        }
      }
      """;
  private static final String EXPERIMENT =
      """
      package my.research;

      import java.nio.file.Path;
      import java.util.List;
      import org.jmoe.catalog.engine.*;
      import org.jmoe.catalog.trial.*;
      import org.jmoe.layer.*;
      import org.jmoe.training.config.*;

      final class Temperatures implements Experiment {
        public String name() { return "temperatures"; }
        public String question() { return "Does a temperature matter?"; }
        public Paper paper() { return new Paper("nobody", "nowhere", "none"); }
        public String setting() { return "Tiny run."; }
        public int minutes() { return 1; }
        public int seeds() { return 1; }
        public List<Arm> arms(Budget budget) {
          RunJson json = RunJson.standard();
          RunConfig tiny = json.read(json.parse(Path.of("TINY")));
          RunConfig cold = tiny.withModel(tiny.model().mapMoe(moe ->
              new MoeLayer.Spec(
                  moe.experts(),
                  new TemperatureRouter.Spec(2, 0.5),
                  moe.expert(),
                  moe.shared())));
          return List.of(new Arm("cold", "one half", RunTrial.of(cold)));
        }
        public List<Column> columns() { return List.of(Column.own(RunMeasures.NATS, "nats", 4)); }
        public List<Check> judge(Results results) {
          return List.of(
              new Check("the answer is 42", "42", "42", true, true));
        }
      }
      """;

  @TempDir Path folder = Path.of("");
  private Path jar = Path.of("");
  private Path config = Path.of("");

  @BeforeEach
  void build() throws IOException {
    RunJson json = TinyRuns.json();
    config = folder.resolve("tiny.json");
    Files.writeString(config, json.text(TinyRuns.tree(TinyRuns.corpus(folder), json)));
    Path sources = Files.createDirectories(folder.resolve("src"));
    List<String> files = new ArrayList<>();
    for (String name : List.of("TemperatureRouter", "MeanEntropy")) {
      String text = Files.readString(EXAMPLES.resolve(name + ".java"));
      files.add(write(sources, name, text.replaceFirst("package .*;", "package my.research;")));
    }
    files.add(write(sources, "MyExtension", LIST));
    files.add(write(sources, "Temperatures", EXPERIMENT.replace("TINY", config.toString())));
    Path classes = OutsideProject.compile(files, folder.resolve("classes"));
    Path services = classes.resolve("META-INF/services/org.jmoe.extension.Extension");
    Files.createDirectories(services.getParent());
    Files.writeString(services, "my.research.MyExtension\n");
    jar = folder.resolve("my-research.jar");
    OutsideProject.pack(classes, jar);
  }

  private static String write(Path folder, String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name + ".java"), text).toString();
  }

  private static Run ok(String... args) {
    Run ran = Run.of(args);
    assertEquals(0, ran.code(), ran.err());
    return ran;
  }

  @Test
  void trainsWithItsRouterAndLossAndRunsItsExperiment() throws IOException {
    Path run = folder.resolve("run");
    String mine = jar.toString();
    ok(
        "train",
        config.toString(),
        "--set",
        "model.moe.router={\"type\":\"TemperatureRouter\",\"k\":2,\"temperature\":0.5}",
        "--set",
        "training.losses=[{\"loss\":{\"type\":\"MeanEntropy\"},\"coefficient\":0.1}]",
        "--out",
        run.toString(),
        "--extend",
        mine);
    ok("evaluate", run.toString(), "--extend", mine);
    Run without = Run.of("evaluate", run.toString());
    assertTrue(
        without.err().contains("the run was trained with my-research.jar: load it with --extend"),
        without.err());
    assertTrue(
        ok("experiment", "list", "--extend", mine).out().contains("temperatures"),
        "the experiment is not listed");
    ok(
        "experiment",
        "trial",
        "temperatures",
        "cold",
        "1",
        folder.resolve("trial").toString(),
        "--extend",
        mine);
    assertTrue(
        Files.readString(folder.resolve("trial/run.json")).contains("TemperatureRouter"),
        "the experiment did not train with the custom router");
  }

  @Test
  void listsAndRoutesItsPresets() throws IOException {
    String mine = jar.toString();
    Run listed = ok("presets", "--routers", "--extend", mine);
    assertTrue(listed.out().contains("mixtral") && listed.out().contains("temperature"));
    Path file = folder.resolve("route.json");
    Files.writeString(
        file,
        """
        {"preset": "temperature", "logits": [[0.0, 1.0], [2.0, 0.0]], "losses": ["mean-entropy"]}
        """);
    String reply = ok("route", file.toString(), "--extend", mine).out();
    // Softmax of 2 x the logits, since the temperature is 1/2: sigmoid(2) and sigmoid(4).
    assertTrue(reply.contains("0.880797") && reply.contains("0.982013"), reply);
    assertTrue(reply.contains("mean-entropy"), reply);
    Run unknown = Run.of("route", file.toString());
    assertTrue(unknown.err().contains("unknown preset 'temperature'"), unknown.err());
  }

  @Test
  void supportsTheClassPathEnvironmentVariable() throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "experiment",
            "list");
    builder.environment().put("JMOE_CLASSPATH", jar.toString());
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor());
    assertTrue(output.contains("temperatures") && output.contains("vowels"), output);
  }
}
