package org.jmoe.catalog.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;
import org.jmoe.catalog.engine.Budget;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.catalog.engine.ExperimentFolder;
import org.jmoe.catalog.engine.ExperimentRun;
import org.jmoe.catalog.engine.InProcessHost;
import org.jmoe.catalog.engine.Outcome;
import org.jmoe.catalog.engine.TrialHost;
import org.jmoe.catalog.engine.TwoArms;
import org.jmoe.catalog.engine.Verdict;
import org.jmoe.io.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExperimentReportTest {
  @TempDir Path folder = Path.of("");

  private ExperimentReport report() {
    AtomicInteger calls = new AtomicInteger(); // a, b, a, b, ..: 1, 2, 3, 4, ..
    Experiment experiment = new TwoArms(seed -> (double) calls.incrementAndGet());
    ExperimentFolder content = new ExperimentFolder(folder);
    new ExperimentRun(experiment, Budget.full(), 3, content)
        .execute(new InProcessHost(), 1, new Nobody());
    ExperimentReport report = ExperimentReport.of(experiment, content);
    report.write(folder);
    return report;
  }

  private static final class Nobody implements ExperimentRun.Listener {
    @Override
    public void progress(TrialHost.Job job, double share, String state) {}

    @Override
    public void finished(TrialHost.Job job, Outcome outcome) {}

    @Override
    public boolean shouldStop() {
      return false;
    }
  }

  @Test
  void writesEverySection() throws IOException {
    assertEquals(Verdict.REPRODUCED, report().verdict());
    List<String> lines = Files.readAllLines(folder.resolve("report.md"));
    assertEquals("# two-arms: reproduced", lines.get(0));
    assertEquals(
        List.of(
            "## Verdict: reproduced",
            "## Numbers",
            "## Paired differences of number from `a`",
            "## Notable",
            "## Plots",
            "## Reproduce"),
        lines.stream().filter(l -> l.startsWith("## ")).toList());
    // a has 1, 3, 5 and b 2, 4, 6: means 3 and 4, standard error 2 / sqrt(3)
    assertTrue(lines.contains("| a | 3.0 ± 1.2 | 5 ± 1 |"), lines.toString());
    assertTrue(lines.contains("| b | 4.0 ± 1.2 | 1 |"), lines.toString());
    assertTrue(lines.contains("| b is larger | above 0 | 1.00 ± 0.00 | yes |"), lines.toString());
    assertTrue(lines.contains("| b | 1.00 ± 0.00 | 1.00 | 1.00 |"), lines.toString());
    assertTrue(lines.contains("jmoe experiment run two-arms"), lines.toString());
    assertTrue(
        lines.stream()
            .anyMatch(
                l -> l.contains("1 of 1 pairwise rankings are reversed relative to the paper")),
        lines.toString());
  }

  @Test
  void writesNumbersAndPlots() throws IOException {
    report();
    JsonNode json = Json.plain().readTree(folder.resolve("results.json").toFile());
    assertEquals("REPRODUCED", json.path("verdict").asText());
    assertEquals(3.0, json.at("/arms/a/seed-2/x").asDouble());
    for (String name : List.of("nats.png", "nats-seconds.png", "domains.png")) {
      assertTrue(ImageIO.read(folder.resolve("plots/" + name).toFile()).getWidth() >= 800, name);
    }
  }
}
