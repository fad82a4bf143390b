package org.jmoe.experiments.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the README shows is what compiles and runs: the source without its package line, in a java
 * fence between {@code <!-- begin NAME.java -->} and {@code <!-- end NAME.java -->}.
 */
final class ReadmeTest {
  @ParameterizedTest
  @ValueSource(strings = {"QuickStart", "TemperatureRouter"})
  void showsTheProgramsAsTheyAre(String name) throws IOException {
    Path readme = Path.of("..", "README.md");
    String text = Files.exists(readme) ? Files.readString(readme) : "";
    String begin = "<!-- begin " + name + ".java -->\n";
    assumeTrue(text.contains(begin), "skipped: README.md has no " + begin.strip());
    int from = text.indexOf(begin) + begin.length();
    int to = text.indexOf("<!-- end " + name + ".java -->", from);
    assertTrue(to >= 0, "README.md does not end " + name + ".java");
    Path source = Path.of("src/main/java/org/jmoe/experiments/examples", name + ".java");
    String program = Files.readString(source).replaceFirst("package [^\n]*\n\n", "");
    assertEquals("```java\n" + program + "```", text.substring(from, to).strip());
  }
}
