package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Custom formats and corpora from a single file, a folder of classes and a jar. */
final class CustomFormatTest {
  private static final Path EXAMPLE = Path.of("src/main/java/org/jmoe/app/examples/IdLines.java");

  private static final String FORTUNES =
      """
      package my.research;

      import java.io.IOException;
      import java.io.UncheckedIOException;
      import java.nio.file.*;
      import org.jmoe.data.text.*;

      public final class Fortunes implements TextFormat {
        public String name() { return "fortunes"; }
        public boolean recognizes(byte[] head, String name) { return name.endsWith(".fortune"); }
        public void read(
            Path file, String name, String domain, TextSource.Fields fields, TextVisitor visitor) {
          int number = 0;
          try {
            for (String text : Files.readString(file).split("\\n%\\n")) {
              visitor.document(new Document(name + ":" + number++, domain, text, text.length()));
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          visitor.read(name);
        }
      }
      """;

  private static final String SOURCE =
      """
      package my.research;

      import java.nio.file.Path;
      import java.util.List;
      import java.util.SplittableRandom;
      import org.apache.arrow.memory.BufferAllocator;
      import org.jmoe.data.formats.*;
      import org.jmoe.io.Progress;
      import org.jmoe.training.config.CorpusSource;

      /** Random tokens without a file. */
      public record RandomTokens(long seed, int rows) implements CorpusSource, TokenData {
        public TokenData open(TokenFormats formats, Progress progress) { return this; }
        public String place() { return "random tokens of seed " + seed; }
        public List<Path> files() { return List.of(); }
        public String sha256() { return "%064x".formatted(seed); }
        public String kind() { return "random"; }
        public String schema() { return "ids"; }
        public void read(BufferAllocator allocator, TokenVisitor visitor) {
          SplittableRandom random = new SplittableRandom(seed);
          for (int row = 0; row < rows; row++) {
            visitor.tokens(random.ints(30, 0, 16).toArray(), 30, null);
            if (!visitor.endRow(row % 4 == 0)) {
              return;
            }
          }
        }
      }
      """;

  private static final String LIST =
      """
      package my.research;

      import org.jmoe.data.formats.TokenFormat;
      import org.jmoe.data.text.TextFormat;
      import org.jmoe.extension.*;
      import org.jmoe.training.config.CorpusSource;

      public final class MyExtension implements Extension {
        @Override
        public void contribute(Extensions.Builder to) {
          to.value(TokenFormat.class, new IdLines());
          to.value(TextFormat.class, new Fortunes());
          to.type(CorpusSource.class, RandomTokens.class);
        }
      }
      """;

  @TempDir Path folder = Path.of("");
  private Path config = Path.of("");

  @BeforeEach
  void write() throws IOException {
    RunJson json = TinyRuns.json();
    config = folder.resolve("tiny.json");
    Files.writeString(
        config, json.text(TinyRuns.tree(folder.resolve("none"), json, "data.validation=0.2")));
    Files.writeString(folder.resolve("rows.ids"), rows(120));
    Files.writeString(folder.resolve("jokes.fortune"), "one\n%\ntwo\n%\nthree");
  }

  private static String rows(int count) {
    SplittableRandom random = new SplittableRandom(count);
    return Stream.generate(
            () ->
                random.ints(20, 0, 16).mapToObj(Integer::toString).collect(Collectors.joining(" ")))
        .limit(count)
        .collect(Collectors.joining("\n", "", "\n"));
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
  void tokenFormatsTrainAndOpenInAllCommands() throws IOException {
    Path source = folder.resolve("IdLines.java");
    Files.writeString(
        source, Files.readString(EXAMPLE).replaceFirst("package .*;", "package my.research;"));
    Run unknown = Run.of("data", "inspect", at("rows.ids"));
    assertEquals(1, unknown.code());
    assertTrue(unknown.err().contains("add a format with --extend"), unknown.err());
    String extend = source.toString();
    String inspected = ok("data", "inspect", at("rows.ids"), "--extend", extend).out();
    assertTrue(inspected.contains("lines of ids") && inspected.contains("2,400"), inspected);
    String run = at("run");
    ok("train", config.toString(), "--data", at("rows.ids"), "--out", run, "--extend", extend);
    String measured = ok("evaluate", run, "--extend", extend).out();
    assertEquals(measured, ok("evaluate", run, "--trust-run").out());
    ok("reproduce", run, "--extend", extend);
    ok("routing", run, "--data", at("rows.ids"), "--batches", "1", "--extend", extend);
    Files.writeString(folder.resolve("bad.ids"), "1 2\nthree\n");
    Run bad = Run.of("data", "inspect", at("bad.ids"), "--extend", extend);
    assertEquals(1, bad.code());
    assertTrue(bad.err().contains("bad.ids has something other than ids in line 2"), bad.err());
  }

  @Test
  void buildsFilesOfTextFormats() throws IOException {
    Path source = folder.resolve("Fortunes.java");
    Files.writeString(source, FORTUNES);
    String out = at("o.arrow");
    Run built =
        ok("data", "build", "--out", out, at("jokes.fortune"), "--extend", source.toString());
    assertTrue(built.out().contains("3 rows"), built.out());
    assertTrue(ok("data", "head", out).out().startsWith("{\"ids\":[111,110,101]"));
  }

  @Test
  void foldersAndJarsAddFormatsAndCorpora() throws IOException {
    Path classes = compiled();
    Path jar = folder.resolve("mine.jar");
    OutsideProject.pack(classes, jar);
    Path splits = Files.createDirectories(folder.resolve("splits"));
    Files.writeString(splits.resolve("train.ids"), rows(30));
    Files.writeString(splits.resolve("validation.ids"), rows(10));
    for (String extend : List.of(classes.toString(), jar.toString())) {
      String both = ok("data", "inspect", splits.toString(), "--extend", extend).out();
      assertTrue(both.contains("40 (10 held out)"), both);
      String run = at("run" + extend.length());
      ok(
          "train",
          config.toString(),
          "--set",
          "data.source={\"type\":\"RandomTokens\",\"seed\":3,\"rows\":90}",
          "--out",
          run,
          "--extend",
          extend);
      String provenance = Files.readString(Path.of(run, "provenance.json"));
      assertTrue(provenance.contains("\"random tokens of seed 3\""), provenance);
      ok("evaluate", run, "--extend", extend);
      ok("reproduce", run, "--extend", extend);
    }
  }

  private Path compiled() throws IOException {
    Path sources = Files.createDirectories(folder.resolve("src"));
    Files.writeString(
        sources.resolve("IdLines.java"),
        Files.readString(EXAMPLE).replaceFirst("package .*;", "package my.research;"));
    Files.writeString(sources.resolve("Fortunes.java"), FORTUNES);
    Files.writeString(sources.resolve("RandomTokens.java"), SOURCE);
    Files.writeString(sources.resolve("MyExtension.java"), LIST);
    try (Stream<Path> files = Files.list(sources)) {
      Path classes =
          OutsideProject.compile(
              files.map(Path::toString).sorted().toList(), folder.resolve("classes"));
      Path services = classes.resolve("META-INF/services/org.jmoe.extension.Extension");
      Files.createDirectories(services.getParent());
      Files.writeString(services, "my.research.MyExtension\n");
      return classes;
    }
  }
}
