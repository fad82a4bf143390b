package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** Compiles and runs the contract tests of the user guide outside jmoe; faulty classes fail. */
final class OutsideContractsTest {
  private static final Path EXAMPLES = Path.of("src/main/java/org/jmoe/app/examples");
  private static final Path GUIDE = Path.of("..", "..", "docs/guide/write-a-router.md");
  private static final Pattern QUOTED =
      Pattern.compile(
          "```java\\n(final class (\\w+) extends (\\w+)Contract \\{\\n.*?\\n}\\n)```",
          Pattern.DOTALL);

  @TempDir Path folder = Path.of("");

  private Path write(String name, String body) throws IOException {
    Path file = Files.createDirectories(folder.resolve("src")).resolve(name + ".java");
    return Files.writeString(file, body);
  }

  private String example(String name) throws IOException {
    String text = Files.readString(EXAMPLES.resolve(name + ".java"));
    return text.replaceFirst("package .*;", "package my.research;");
  }

  private static String test(String quoted) {
    return """
    package my.research;

    import org.jmoe.layer.*;
    import org.jmoe.plan.Capacity;
    import org.jmoe.testing.*;

    """
        + quoted;
  }

  private static String faultyTest(String contract, String method, String built) {
    return """
    final class FaultyTest extends %s {
      @Override
      protected %s {
        return new %s;
      }
    }
    """
        .formatted(contract, method, built);
  }

  private TestExecutionSummary run(List<Path> sources, String name) throws Exception {
    Path classes = folder.resolve("classes");
    OutsideProject.compile(sources.stream().map(Path::toString).toList(), classes);
    SummaryGeneratingListener summary = new SummaryGeneratingListener();
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {classes.toUri().toURL()}, getClass().getClassLoader())) {
      LauncherDiscoveryRequest request =
          LauncherDiscoveryRequestBuilder.request()
              .selectors(selectClass(loader.loadClass("my.research." + name)))
              .filters(EngineFilter.includeEngines("junit-jupiter"))
              .build();
      LauncherFactory.create().execute(request, summary);
    }
    return summary.getSummary();
  }

  private static String failures(TestExecutionSummary summary) {
    return summary.getFailures().stream()
        .map(f -> f.getTestIdentifier().getDisplayName() + ": " + f.getException())
        .sorted()
        .collect(Collectors.joining("\n"));
  }

  @Test
  void testsOfTheGuidePass() throws Exception {
    List<MatchResult> quoted = QUOTED.matcher(Files.readString(GUIDE)).results().toList();
    assertEquals(
        List.of("Router", "Loss", "Experts"), quoted.stream().map(m -> m.group(3)).toList());
    for (MatchResult each : quoted) {
      String name = each.group(2);
      String tested = name.replaceFirst("Test$", "");
      List<Path> sources =
          List.of(write(tested, example(tested)), write(name, test(each.group(1))));
      TestExecutionSummary summary = run(sources, name);
      assertEquals("", failures(summary));
      assertTrue(summary.getTestsSucceededCount() >= 6, name + ": too few tests ran");
    }
  }

  /** The matching contract check reports the fault. */
  @Test
  void aFaultyRouterFails() throws Exception {
    String router = example("TemperatureRouter");
    String faulty = router.replace("Routing.topK(logits, probs,", "Routing.topK(logits, logits,");
    assertTrue(!faulty.equals(router), "the example has changed");
    String quoted =
        faultyTest(
            "RouterContract",
            "RouterSpec spec(Capacity capacity)",
            "TemperatureRouter.Spec(2, 0.5)");
    List<Path> sources =
        List.of(write("TemperatureRouter", faulty), write("FaultyTest", test(quoted)));
    String failures = failures(run(sources, "FaultyTest"));
    assertTrue(failures.contains("weightsAreFiniteAndNonNegative"), failures);
  }

  @Test
  void aFaultyLossFails() throws Exception {
    String loss = example("MeanEntropy");
    String faulty = loss.replace("padding == null ? all : ", "padding != null ? all : ");
    faulty = faulty.replace("Ops.fillRows(all, padding, 0)", "all").replace("1 + value", "value");
    assertTrue(!faulty.equals(loss), "the example has changed");
    String quoted = faultyTest("LossContract", "AuxLoss loss()", "MeanEntropy()");
    List<Path> sources = List.of(write("MeanEntropy", faulty), write("FaultyTest", test(quoted)));
    String failures = failures(run(sources, "FaultyTest"));
    assertTrue(failures.contains("paddingIsIgnoredOrDeclared"), failures);
    assertTrue(failures.contains("isOneAtBalanceOnItsRelativeScale"), failures);
  }

  @Test
  void faultyExpertsFail() throws Exception {
    String experts = example("TiedExperts");
    String faulty =
        experts
            .replace("(long) dim * hidden", "(long) dim * hidden + 1")
            .replace("ExpertOps.paddedExperts(rows, both)", "rows");
    assertTrue(!faulty.equals(experts), "the example has changed");
    String quoted = faultyTest("ExpertsContract", "ExpertsSpec spec()", "TiedExperts.Spec(5)");
    List<Path> sources = List.of(write("TiedExperts", faulty), write("FaultyTest", test(quoted)));
    String failures = failures(run(sources, "FaultyTest"));
    assertTrue(failures.contains("theSpecCountsTheParameters"), failures);
    assertTrue(failures.contains("groupedAndPaddedPlansEqualOneTokenAtATime"), failures);
  }
}
