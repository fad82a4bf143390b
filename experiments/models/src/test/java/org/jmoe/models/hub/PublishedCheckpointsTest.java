package org.jmoe.models.hub;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jmoe.tensor.Quantisation;
import org.jmoe.training.config.ModelChange;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints that Hugging Face's Transformers wrote, with what it computes from them. */
final class PublishedCheckpointsTest {
  @TempDir Path scratch = Path.of("");

  /** What is checked of a case. */
  private interface Check {
    void of(ExpectedCase expected) throws IOException;
  }

  @TestFactory
  Stream<DynamicTest> everyCheckpointGivesUpstreamsNumbers() throws IOException {
    return each(
        expected -> {
          double worst = expected.check(scratch);
          if (Boolean.getBoolean("jmoe.hub.print")) {
            System.out.printf("DIFF %s %.2e%n", expected.folder().getFileName(), worst);
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> float16AndBytesGiveUpstreamsTokens() throws IOException {
    return each(
        expected -> {
          expected.checkContinuation(new ModelChange(null, null, null, true));
          expected.checkContinuation(new ModelChange(null, null, Quantisation.INT8, true));
        });
  }

  private static Stream<DynamicTest> each(Check check) throws IOException {
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
                    folder.getFileName().toString(), () -> check.of(ExpectedCase.of(folder))));
  }

  private static List<Path> roots() {
    List<Path> roots = new ArrayList<>();
    roots.add(Path.of(System.getProperty("jmoe.shared", "../../../shared"), "fixtures", "hf"));
    String more = System.getProperty("jmoe.hub.cases");
    if (more != null) {
      roots.add(Path.of(more));
    }
    return roots.stream().filter(Files::isDirectory).toList();
  }
}
