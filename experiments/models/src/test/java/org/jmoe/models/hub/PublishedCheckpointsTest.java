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

/** Compares checkpoints written by Hugging Face Transformers with its outputs. */
final class PublishedCheckpointsTest {
  @TempDir Path scratch = Path.of("");

  /** Check of a case. */
  private interface Check {
    void of(ExpectedCase expected) throws IOException;
  }

  @TestFactory
  Stream<DynamicTest> outputsMatchTransformers() throws IOException {
    return each(
        expected -> true,
        expected -> {
          double worst =
              expected.hasRouterOutputs() ? expected.check(scratch) : expected.checkLogits();
          if (Boolean.getBoolean("jmoe.hub.print")) {
            System.out.printf("DIFF %s %.2e%n", expected.folder().getFileName(), worst);
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> float16AndInt8GenerateSameTokensAsTransformers() throws IOException {
    return each(
        ExpectedCase::hasRouterOutputs,
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

  /** Returns the name of the folder, or of its parent if the folder is called {@code model}. */
  private static String name(Path folder) {
    int count = folder.getNameCount();
    return folder.getName(folder.endsWith("model") ? count - 2 : count - 1).toString();
  }

  /** Returns folders with expected outputs, at most two levels below the roots. */
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
        !folders.isEmpty(), "no fixtures: set -Djmoe.shared or put them next to the repository");
    return folders;
  }
}
