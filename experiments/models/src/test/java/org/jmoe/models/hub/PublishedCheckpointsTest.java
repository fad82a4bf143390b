package org.jmoe.models.hub;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
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
        expected -> true,
        expected -> {
          double worst = expected.isWhole() ? expected.check(scratch) : expected.checkLogits();
          if (Boolean.getBoolean("jmoe.hub.print")) {
            System.out.printf("DIFF %s %.2e%n", expected.folder().getFileName(), worst);
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> float16AndBytesGiveUpstreamsTokens() throws IOException {
    return each(
        ExpectedCase::isWhole,
        expected -> {
          expected.checkContinuation(new ModelChange(null, null, null, true));
          expected.checkContinuation(new ModelChange(null, null, Quantisation.INT8, true));
        });
  }

  private static Stream<DynamicTest> each(Predicate<ExpectedCase> which, Check check)
      throws IOException {
    List<ExpectedCase> cases = new ArrayList<>();
    for (Path folder : folders()) {
      cases.add(ExpectedCase.of(folder));
    }
    return cases.stream()
        .filter(which)
        .map(each -> DynamicTest.dynamicTest(name(each.folder()), () -> check.of(each)));
  }

  /** The folder's own name, or that of the case that it is the model of. */
  private static String name(Path folder) {
    int count = folder.getNameCount();
    return folder.getName(folder.endsWith("model") ? count - 2 : count - 1).toString();
  }

  /** Folders with expected numbers, at most two levels below those of the shared files. */
  private static List<Path> folders() throws IOException {
    Path shared = Path.of(System.getProperty("jmoe.shared", "../../../shared"));
    List<Path> roots =
        List.of(
            shared.resolve("fixtures/hf"),
            shared.resolve("fixtures/checkpoints-open"),
            shared.resolve("cases/files"),
            Path.of(System.getProperty("jmoe.hub.cases", "")));
    List<Path> folders = new ArrayList<>();
    for (Path root : roots) {
      if (!root.toString().isEmpty() && Files.isDirectory(root)) {
        try (Stream<Path> found = Files.walk(root, 2)) {
          folders.addAll(
              found.filter(f -> Files.isRegularFile(f.resolve("expected.json"))).sorted().toList());
        }
      }
    }
    assumeTrue(
        !folders.isEmpty(), "no fixtures: set -Djmoe.shared or put them beside the repository");
    return folders;
  }
}
