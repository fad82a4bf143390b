package org.jmoe.app.examples;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
