package org.jmoe.app.examples;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the README shows below the name of a source stands in it so, but for the indentation. */
final class ReadmeTest {
  private static final Path README = Path.of("..", "..", "README.md");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "QuickStart",
        "TemperatureRouter",
        "StockTraining",
        "TiedExperts",
        "MeanEntropy",
        "OwnData",
        "Continue"
      })
  void showsTheProgramsAsTheyAre(String name) throws IOException {
    String text = Files.exists(README) ? Files.readString(README) : "";
    String begin = "<!-- " + name + ".java -->\n```java\n";
    assumeTrue(text.contains(begin), "skipped: README.md does not show " + name + ".java");
    int from = text.indexOf(begin) + begin.length();
    String shown = text.substring(from, text.indexOf("```", from));
    Path source = Path.of("src/main/java/org/jmoe/app/examples", name + ".java");
    String program = Files.readString(source);
    assertTrue(
        IntStream.of(0, 4, 6).anyMatch(depth -> program.contains(indented(shown, depth))),
        () -> source + " does not contain\n" + shown);
  }

  /** As the body of a method, or of a block in it. */
  private static String indented(String lines, int depth) {
    String margin = " ".repeat(depth);
    return lines.lines().map(l -> l.isEmpty() ? "\n" : margin + l + "\n").collect(joining());
  }
}
