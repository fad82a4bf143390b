package org.jmoe.catalog.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.io.JsonFiles;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.Summary;
import org.jmoe.training.run.Run;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ComparisonTest {
  @TempDir Path folder = Path.of("");

  private Summary run(String name, long seed, String... changes) {
    RunConfig config = TinyRuns.config(TinyRuns.corpus(folder), changes).withSeed(seed);
    return Run.of(config).execute(folder.resolve(name));
  }

  @Test
  void pairsRunsBySeedAndListsDifferences() {
    double a1 = run("a1", 1).validationNats();
    double a2 = run("a2", 2).validationNats();
    String change = "training.optimizer.rate=0.02";
    double b1 = run("b1", 1, change).validationNats();
    double b2 = run("b2", 2, change).validationNats();
    Comparison comparison =
        Comparison.of(
            List.of("a1", "a2", "b2", "b1").stream().map(folder::resolve).toList(),
            RunJson.standard());
    assertEquals(List.of("seed", "training.optimizer.rate"), comparison.differing());
    List<Comparison.Pair> paired = comparison.paired();
    assertEquals(1, paired.size());
    assertEquals(List.of("2", "1"), paired.get(0).seeds());
    assertEquals(List.of(b2 - a2, b1 - a1), paired.get(0).nats().values());
    ComparisonText text = new ComparisonText(comparison);
    assertTrue(text.text().contains("training.optimizer.rate"), text.text());
    assertTrue(text.text().contains("paired over seeds 2, 1; 95 % interval"), text.text());
    JsonNode pair = text.json().at("/paired/0");
    // the 0.975 quantile of Student's t with one degree of freedom is 12.7062
    double margin = 12.7062047 * Math.abs(b2 - a2 - (b1 - a1)) / 2;
    assertEquals((b2 - a2 + b1 - a1) / 2 + margin, pair.path("intervalHigh").asDouble(), 1e-6);
    ComparisonChart.save(
        folder.resolve("curves.svg"),
        List.of(folder.resolve("a1"), folder.resolve("b1")),
        RunJson.standard());
    assertTrue(folder.resolve("curves.svg").toFile().length() > 1000);
  }

  /** A run.json without the keys and types that later versions added. */
  @Test
  void runsOfEarlierVersionsDifferOnlyWhereTheirSettingsDo() throws IOException {
    run("a1", 1);
    run("b1", 1, "training.optimizer.rate=0.02");
    Path file = folder.resolve("a1/run.json");
    ObjectNode tree = JsonFiles.object(file);
    ((ObjectNode) tree.path("model")).remove("documentMask");
    ((ObjectNode) tree.at("/training")).remove("recompute");
    ((ObjectNode) tree.at("/training/optimizer")).remove("type");
    ((ObjectNode) tree.at("/training/schedule")).remove("type");
    Files.writeString(file, tree.toString());
    Comparison comparison =
        Comparison.of(List.of(folder.resolve("a1"), folder.resolve("b1")), RunJson.standard());
    assertEquals(List.of("training.optimizer.rate"), comparison.differing());
    assertEquals(List.of("1"), comparison.paired().get(0).seeds());
  }

  @Test
  void runsOnOtherDataAreNotCompared() {
    run("a1", 1);
    run("c1", 1, "data.validation=0.3");
    Comparison comparison =
        Comparison.of(List.of(folder.resolve("a1"), folder.resolve("c1")), RunJson.standard());
    String text = new ComparisonText(comparison).text();
    assertTrue(text.contains("are not compared: their loss is not measured on the same"), text);
    assertTrue(text.contains("data.validation"), text);
  }

  @Test
  void rejectsNonRuns() {
    run("a", 1);
    assertThrows(
        ConfigException.class,
        () ->
            Comparison.of(
                List.of(folder.resolve("a"), folder.resolve("nowhere")), RunJson.standard()));
  }
}
