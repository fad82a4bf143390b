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

/** Code that the README and the user guide quote is in the named source, up to indentation. */
final class ReadmeTest {
  private static final Path ROOT = Path.of("..", "..");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "QuickStart",
        "TemperatureRouter",
        "StockTraining",
        "TiedExperts",
        "MeanEntropy",
        "MlflowLogger",
        "OwnData",
        "Continue"
      })
  void showsTheProgramsAsTheyAre(String name) throws IOException {
    String text = documents();
    String begin = "<!-- " + name + ".java -->\n```java\n";
    assertTrue(text.contains(begin), () -> "no page quotes " + name + ".java");
    int from = text.indexOf(begin) + begin.length();
    String shown = text.substring(from, text.indexOf("```", from));
    Path source = Path.of("src/main/java/org/jmoe/app/examples", name + ".java");
    String program = Files.readString(source);
    assertTrue(
        IntStream.of(0, 4, 6).anyMatch(depth -> program.contains(indented(shown, depth))),
        () -> source + " does not contain\n" + shown);
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

  /** As the body of a method, or of a block in it. */
  private static String indented(String lines, int depth) {
    String margin = " ".repeat(depth);
    return lines.lines().map(l -> l.isEmpty() ? "\n" : margin + l + "\n").collect(joining());
  }
}
