package org.jmoe.experiments.hub;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints that Hugging Face's Transformers wrote, with what it computes from them. */
final class PublishedCheckpointsTest {
  @TempDir Path scratch = Path.of("");

  @TestFactory
  Stream<DynamicTest> everyCheckpointGivesUpstreamsNumbers() throws IOException {
    List<Path> folders = new ArrayList<>();
    for (Path root : roots()) {
      try (Stream<Path> found = Files.list(root)) {
        folders.addAll(
            found.filter(f -> Files.isRegularFile(f.resolve("expected.json"))).sorted().toList());
      }
    }
    assumeTrue(
        !folders.isEmpty(), "no fixtures: set -Djmoe.shared or put them beside the repository");
    return folders.stream()
        .map(
            folder ->
                DynamicTest.dynamicTest(
                    folder.getFileName().toString(),
                    () -> {
                      double worst = ExpectedCase.of(folder).check(scratch);
                      if (Boolean.getBoolean("jmoe.hub.print")) {
                        System.out.printf("DIFF %s %.2e%n", folder.getFileName(), worst);
                      }
                    }));
  }

  private static List<Path> roots() {
    List<Path> roots = new ArrayList<>();
    roots.add(Path.of(System.getProperty("jmoe.shared", "../../shared"), "fixtures", "hf"));
    String more = System.getProperty("jmoe.hub.cases");
    if (more != null) {
      roots.add(Path.of(more));
    }
    return roots.stream().filter(Files::isDirectory).toList();
  }
}
