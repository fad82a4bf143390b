package org.jmoe.app.examples;

import static java.util.stream.Collectors.toUnmodifiableSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Checks that classes and tests listed in docs/features.md exist. */
final class FeaturesTest {
  private static final Path ROOT = Path.of("..", "..");
  private static final Pattern CLASS =
      Pattern.compile("`(?:[a-z]+\\.)*([A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*)[^`]*`");
  private static final Pattern TEST = Pattern.compile("\\b([A-Z][A-Za-z0-9]*Test)\\b");

  @Test
  void listedClassesAndTestsExist() throws IOException {
    Set<String> code = sources("src/main/java");
    Set<String> tests = sources("src/test/java");
    Set<String> missing = new TreeSet<>();
    int rows = 0;
    for (String line : Files.readAllLines(ROOT.resolve("docs/features.md"))) {
      if (line.startsWith("|")) {
        missing.addAll(absent(CLASS.matcher(line), code));
        missing.addAll(absent(TEST.matcher(line), tests));
        rows++;
      }
    }
    assertTrue(rows > 100, "docs/features.md has only " + rows + " rows");
    assertEquals(Set.of(), missing);
  }

  private static Set<String> absent(Matcher names, Set<String> known) {
    Set<String> absent = new TreeSet<>();
    while (names.find()) {
      if (!known.contains(names.group(1))) {
        absent.add(names.group(1));
      }
    }
    return absent;
  }

  /** Returns the names of all top-level classes in a source folder, over all modules. */
  private static Set<String> sources(String folder) throws IOException {
    Set<String> all = new TreeSet<>();
    for (String module : List.of("moe-core", "routing", "experts", "experiments")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module))) {
        all.addAll(
            files
                .filter(f -> f.toString().replace('\\', '/').contains("/" + folder + "/"))
                .map(f -> f.getFileName().toString())
                .filter(f -> f.endsWith(".java"))
                .map(f -> f.substring(0, f.length() - ".java".length()))
                .collect(toUnmodifiableSet()));
      }
    }
    return all;
  }
}
