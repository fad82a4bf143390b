package org.jmoe.app.examples;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks that code quoted in the README and the user guide matches its source file. */
final class ReadmeTest {
  private static final Path ROOT = Path.of("..", "..");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "QuickStart",
        "TemperatureRouter",
        "DjlTraining",
        "TiedExperts",
        "MeanEntropy",
        "MlflowLogger",
        "NarrowExperts",
        "PlainMoe",
        "CustomData",
        "GenerateText"
      })
  void quotesMatchTheSource(String name) throws IOException {
    String text = documents();
    String begin = "<!-- " + name + ".java -->\n```java\n";
    assertTrue(text.contains(begin), () -> "no page quotes " + name + ".java");
    int from = text.indexOf(begin) + begin.length();
    String quoted = text.substring(from, text.indexOf("```", from));
    Path source = Path.of("src/main/java/org/jmoe/app/examples", name + ".java");
    String program = Files.readString(source);
    assertTrue(
        IntStream.of(0, 4, 6).anyMatch(depth -> program.contains(indented(quoted, depth))),
        () -> source + " does not contain\n" + quoted);
  }

  /** {@code .ci/library} builds and runs it against the installed artifacts. */
  @Test
  void theExampleProjectIsTheQuickStart() throws IOException {
    Path project = ROOT.resolve("examples/quickstart");
    String copy = Files.readString(project.resolve("src/main/java/example/QuickStart.java"));
    String program =
        Files.readString(Path.of("src/main/java/org/jmoe/app/examples/QuickStart.java"));
    assertEquals(program.replace("package org.jmoe.app.examples;", "package example;"), copy);
    String parent = Files.readString(ROOT.resolve("pom.xml"));
    String gradle = Files.readString(project.resolve("build.gradle"));
    for (String artifact : List.of("libtorch", "slf4j")) {
      Matcher version = Pattern.compile("<" + artifact + ".version>(.*)</").matcher(parent);
      assertTrue(version.find(), artifact);
      assertTrue(gradle.contains(":" + version.group(1)), () -> version.group(1));
    }
  }

  /** The launchers start Java alike. */
  @Test
  void launchersPassTheSameFlags() throws IOException {
    String shell = Files.readString(ROOT.resolve("jmoe"));
    String windows = Files.readString(ROOT.resolve("jmoe.cmd"));
    String exec = shell.substring(shell.indexOf("exec "));
    List<String> flags =
        Pattern.compile("-[-XD]\\S+").matcher(exec).results().map(MatchResult::group).toList();
    assertEquals(3, flags.size(), flags::toString);
    flags.forEach(flag -> assertTrue(windows.contains(flag), flag));
    assertTrue(windows.lines().count() * 2 == windows.codePoints().filter(c -> c < ' ').count());
  }

  private static String documents() throws IOException {
    StringBuilder text = new StringBuilder(Files.readString(ROOT.resolve("README.md")));
    try (Stream<Path> pages = Files.list(ROOT.resolve("docs/guide"))) {
      for (Path page : pages.sorted().toList()) {
        text.append(Files.readString(page));
      }
    }
    return text.toString();
  }

  /** Indents lines, as in the body of a method or a block. */
  private static String indented(String lines, int depth) {
    String margin = " ".repeat(depth);
    return lines.lines().map(l -> l.isEmpty() ? "\n" : margin + l + "\n").collect(joining());
  }
}
