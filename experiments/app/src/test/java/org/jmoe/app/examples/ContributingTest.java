package org.jmoe.app.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Checks that commands in CONTRIBUTING.md refer to existing tests, modules, profiles and scripts.
 */
final class ContributingTest {
  private static final Path ROOT = Path.of("..", "..");

  private static List<String> commands() throws IOException {
    String text = Files.readString(ROOT.resolve("CONTRIBUTING.md"));
    int from = text.indexOf("```\n") + 4;
    return text.substring(from, text.indexOf("```", from))
        .lines()
        .map(line -> line.replaceFirst(" +#.*", ""))
        .toList();
  }

  private static List<String> values(String option, String command) {
    Matcher matcher = Pattern.compile("(?<= )" + option + "([\\w-]+)").matcher(command);
    return matcher.results().map(found -> found.group(1)).toList();
  }

  @Test
  void everyCommandIsMavenOrAScript() throws IOException {
    List<String> commands = commands();
    assertTrue(commands.size() >= 6, commands.toString());
    for (String command : commands) {
      if (!command.startsWith("mvn ")) {
        assertTrue(Files.isExecutable(ROOT.resolve(command.replaceFirst(" .*", ""))), command);
      }
    }
  }

  @Test
  void profilesExist() throws IOException {
    String pom = Files.readString(ROOT.resolve("pom.xml"));
    int found = 0;
    for (String command : commands()) {
      for (String profile : values("-P", command)) {
        assertTrue(pom.contains("<id>" + profile + "</id>"), command);
        found++;
      }
    }
    assertEquals(2, found);
  }

  @Test
  void testsExistInTheirModules() throws IOException {
    int found = 0;
    for (String command : commands()) {
      for (String name : values("-Dtest=", command)) {
        Path module = ROOT.resolve(values("-pl ", command).get(0)).resolve("src/test/java");
        try (Stream<Path> files = Files.walk(module)) {
          assertTrue(files.anyMatch(file -> file.endsWith(name + ".java")), command);
        }
        found++;
      }
    }
    assertEquals(1, found);
  }
}
