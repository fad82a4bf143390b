package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A project outside jmoe adds a router, a loss and an experiment: one file each and one list. */
final class OutsideProjectTest {
  private static final Path EXAMPLES = Path.of("src/main/java/org/jmoe/app/examples");
  private static final String LIST =
      """
      package my.research;

      import org.jmoe.catalog.engine.Experiment;
      import org.jmoe.extension.*;
      import org.jmoe.layer.*;

      public final class MyExtension implements Extension {
        @Override
        public void contribute(Extensions.Builder to) {
          to.type(RouterSpec.class, TemperatureRouter.Spec.class);
          to.type(AuxLoss.class, MeanEntropy.class);
          to.value(Experiment.class, new Temperatures());
        }
      }
      """;
  private static final String EXPERIMENT =
      """
      package my.research;

      import java.util.List;
      import java.util.Map;
      import org.jmoe.catalog.engine.*;

      final class Temperatures implements Experiment {
        public String name() { return "temperatures"; }
        public String question() { return "Does a temperature matter?"; }
        public Paper paper() { return new Paper("nobody", "nowhere", "none"); }
        public String setting() { return "As it is."; }
        public int minutes() { return 1; }
        public int seeds() { return 1; }
        public List<Arm> arms(Budget budget) {
          Trial trial = (seed, folder, watch) -> Outcome.of(Map.of("answer", 42.0));
          return List.of(new Arm("cold", "one half", trial));
        }
        public List<Column> columns() { return List.of(Column.own("answer", "answer", 0)); }
        public List<Check> judge(Results results) {
          return List.of(
              new Check("the answer is 42", "42", "42", true, true));
        }
      }
      """;

  @TempDir Path folder = Path.of("");
  private Path jar = Path.of("");

  @BeforeEach
  void build() throws IOException {
    Path sources = Files.createDirectories(folder.resolve("src"));
    List<String> files = new ArrayList<>();
    for (String name : List.of("TemperatureRouter", "MeanEntropy")) {
      String text = Files.readString(EXAMPLES.resolve(name + ".java"));
      files.add(write(sources, name, text.replaceFirst("package .*;", "package my.research;")));
    }
    files.add(write(sources, "MyExtension", LIST));
    files.add(write(sources, "Temperatures", EXPERIMENT));
    Path classes = OutsideProject.compile(files, folder.resolve("classes"));
    Path services = classes.resolve("META-INF/services/org.jmoe.extension.Extension");
    Files.createDirectories(services.getParent());
    Files.writeString(services, "my.research.MyExtension\n");
    jar = folder.resolve("my-research.jar");
    pack(classes, jar);
  }

  private static String write(Path folder, String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name + ".java"), text).toString();
  }

  private static void pack(Path classes, Path jar) throws IOException {
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file);
        Stream<Path> walk = Files.walk(classes)) {
      for (Path each : walk.filter(Files::isRegularFile).sorted().toList()) {
        out.putNextEntry(new ZipEntry(classes.relativize(each).toString().replace('\\', '/')));
        Files.copy(each, out);
      }
    }
  }

  private static Run ok(String... args) {
    Run ran = Run.of(args);
    assertEquals(0, ran.code(), ran.err());
    return ran;
  }

  @Test
  void itsRouterAndLossTrainAndItsExperimentRuns() throws IOException {
    RunJson json = TinyRuns.json();
    Path config = folder.resolve("tiny.json");
    Files.writeString(config, json.text(TinyRuns.tree(TinyRuns.corpus(folder), json)));
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
        without.err().contains("the run was trained with my-research.jar: name it by --extend"),
        without.err());
    assertTrue(
        ok("experiment", "list", "--extend", mine).out().contains("temperatures"),
        "its experiment is listed");
    ok(
        "experiment",
        "trial",
        "temperatures",
        "cold",
        "1",
        folder.resolve("trial").toString(),
        "--extend",
        mine);
  }

  @Test
  void theClassPathOfTheEnvironmentWorksToo() throws IOException, InterruptedException {
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
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor());
    assertTrue(said.contains("temperatures") && said.contains("vowels"), said);
  }
}
